#include "finding/rank.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace tenter::analysis {
namespace {

constexpr std::size_t max_locations = 50;

bool same_place(const Location& a, const Location& b) {
  return std::tie(a.file, a.line, a.column, a.function) == std::tie(b.file, b.line, b.column, b.function);
}

void absorb(Finding& kept, Finding&& twin) {
  // What was seen says more than what was foreseen.
  if (kept.certainty == "predicted" && twin.certainty != "predicted") {
    std::swap(kept, twin);
    std::swap(kept.recordings, twin.recordings);  // in the order in which they were given
  }
  kept.count += twin.count;
  for (std::string& analysis : twin.found_by)
    if (std::find(kept.found_by.begin(), kept.found_by.end(), analysis) == kept.found_by.end())
      kept.found_by.push_back(std::move(analysis));
  if (!kept.witness) kept.witness = std::move(twin.witness);
  for (Location& location : twin.locations) {
    if (kept.locations.size() >= max_locations) break;
    const bool known = std::any_of(kept.locations.begin(), kept.locations.end(),
                                   [&](const Location& other) { return same_place(other, location); });
    if (!known) kept.locations.push_back(std::move(location));
  }
  for (std::string& recording : twin.recordings)
    if (std::find(kept.recordings.begin(), kept.recordings.end(), recording) == kept.recordings.end())
      kept.recordings.push_back(std::move(recording));
}

}  // namespace

const std::vector<std::string>& known_kinds() {
  static const std::vector<std::string> kinds = {
      "data-race", "use-after-free-race", "deadlock", "double-lock", "lock-order-inversion", "send-on-closed-channel",
      "close-of-closed-channel", "close-of-nil-channel", "negative-wait-group", "wait-group-misuse",
      "unlock-of-unlocked-mutex", "unlock-by-other-task", "lock-left-held", "destroy-of-locked-mutex",
      "uncaught-exception", "signal-unsafe-call", "lost-cancel", "task-leak", "thread-leak", "lock-held-while-waiting",
      // of `tenter lint`
      "chan-double-close", "chan-send-after-close", "chan-multiple-closers", "chan-close-by-receiver",
      "chan-close-races-send", "chan-range-never-closed", "chan-field-never-closed", "chan-handle-reassigned",
      "chan-nil-op", "chan-leaked-sender", "chan-leaked-receiver", "chan-self-deadlock", "lock-double", "lock-leaked",
      "lock-order-cycle", "wg-add-in-task", "wg-done-missing", "ctx-lost-cancel", "task-captures-local",
      "thread-not-joined", "select-busy-loop", "chan-narrow-direction", "block-under-lock", "task-loop-variable",
      "task-captures-this", "task-shared-write", "wg-wait-in-spawn-loop", "select-closed-spin", "task-result-dropped",
      "sleep-for-sync", "cond-wait-without-predicate", "contract-mismatch", "guard-inconsistent"};
  return kinds;
}

int severity_rank(std::string_view severity) { return severity == "error" ? 0 : severity == "warning" ? 1 : 2; }

int kind_rank(std::string_view kind) {
  const auto& kinds = known_kinds();
  return static_cast<int>(std::find(kinds.begin(), kinds.end(), kind) - kinds.begin());
}

bool is_lint_kind(std::string_view kind) {
  // They stand behind all others.
  const int rank = kind_rank(kind);
  return rank >= kind_rank("chan-double-close") && rank < static_cast<int>(known_kinds().size());
}

std::vector<Finding> merge_duplicates(std::vector<Finding> findings) {
  std::vector<Finding> merged;
  std::map<std::string, std::size_t> place;
  for (Finding& finding : findings) {
    const auto [entry, is_new] = place.try_emplace(finding.fingerprint, merged.size());
    if (is_new) merged.push_back(std::move(finding));
    else absorb(merged[entry->second], std::move(finding));
  }
  std::sort(merged.begin(), merged.end(), [](const Finding& a, const Finding& b) {
    static const Location nowhere;
    const Location& left = a.locations.empty() ? nowhere : a.locations.front();
    const Location& right = b.locations.empty() ? nowhere : b.locations.front();
    const int severity_a = severity_rank(a.severity), severity_b = severity_rank(b.severity);
    const int kind_a = kind_rank(a.kind), kind_b = kind_rank(b.kind);
    return std::tie(severity_a, kind_a, left.file, left.line, left.column, a.fingerprint) <
           std::tie(severity_b, kind_b, right.file, right.line, right.column, b.fingerprint);
  });
  return merged;
}

}  // namespace tenter::analysis
