#include "cli/check_files.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <utility>

#include "base/text.h"
#include "cli/files.h"
#include "cli/in_parallel.h"
#include "finding/suppressions.h"

namespace tenter::analysis {
namespace {

void move_sources(std::vector<Finding>& findings, const std::vector<SourceRoot>& roots) {
  if (roots.empty()) return;
  const auto move_stack = [&](std::vector<Frame>& stack) {
    for (Frame& frame : stack) frame.file = moved_path(frame.file, roots);
  };
  const auto move_task = [&](TaskRef& task) { move_stack(task.created_at); };
  const auto move_wait = [&](WaitRef& wait) {
    move_task(wait.task);
    move_stack(wait.stack);
    move_stack(wait.held_at);
  };
  for (Finding& finding : findings) {
    for (Location& location : finding.locations) location.file = moved_path(location.file, roots);
    for (Side& side : finding.sides) {
      move_task(side.task);
      move_stack(side.stack);
    }
    if (finding.object) move_stack(finding.object->created_at);
    for (WaitRef& wait : finding.cycle) move_wait(wait);
    if (finding.blocked_on) move_wait(*finding.blocked_on);
    for (TaskRef& task : finding.could_be_unblocked_by) move_task(task);
    if (finding.timeline) {
      for (TaskRef& task : finding.timeline->lanes) move_task(task);
      for (TimelineEventRef& event : finding.timeline->events) event.at.file = moved_path(event.at.file, roots);
    }
  }
}

// "2026-01-31", for suppressions that end.
std::string today() {
  const char* chosen = std::getenv("SOURCE_DATE_EPOCH");
  const std::optional<std::uint64_t> seconds = chosen != nullptr ? parse_number(chosen) : std::nullopt;
  const std::time_t now = seconds ? static_cast<std::time_t>(*seconds) : std::time(nullptr);
  std::tm parts{};
  std::array<char, 32> text{};
  if (::gmtime_r(&now, &parts) == nullptr || std::strftime(text.data(), text.size(), "%Y-%m-%d", &parts) == 0)
    return {};
  return text.data();
}

// Rules that took out nothing are either mended, and the file can be shorter, or misspelt.
void tell_of(const std::vector<SuppressionUse>& uses, const CheckOptions& options, CheckOutcome& outcome) {
  std::size_t unused = 0;
  for (const SuppressionUse& use : uses) {
    const std::string named = use.file + ':' + std::to_string(use.line) + ": " + use.rule;
    if (use.expired)
      outcome.warnings.push_back("this suppression has expired, so its findings are shown again: " + named);
    if (use.expired || !use.taken.empty()) continue;
    ++unused;
    if (options.verbose) outcome.remarks.push_back("unused suppression: " + named);
  }
  // A shard sees a part of the findings.
  if (unused > 0 && !options.verbose && options.shard.of <= 1)
    outcome.remarks.push_back(counted(unused, "suppression") + " of " + std::to_string(uses.size()) + " in " +
                              uses.front().file + " matched nothing; -v names " + (unused == 1 ? "it" : "them"));
}

}  // namespace

Result<CheckOutcome> check_files(const std::vector<std::string>& files, const CheckOptions& options, unsigned at_a_time,
                                 const FileCheck& check) {
  std::optional<Suppressions> suppressions;
  if (!options.suppressions_file.empty()) {
    Result<std::string> text = read_text_file(options.suppressions_file);
    if (!text) return text.error();
    Result<Suppressions> parsed = Suppressions::parse(*text, options.suppressions_file, today());
    if (!parsed) return parsed.error();
    suppressions = std::move(*parsed);
  }

  // Each worker takes the next file; results have their places, so the number of workers changes nothing but time.
  std::vector<std::optional<Result<Checked>>> results(files.size());
  in_parallel(files.size(), at_a_time, [&](std::size_t i) { results[i].emplace(check(files[i])); });

  CheckOutcome outcome;
  std::vector<RecordingSummary> summaries;
  std::vector<std::vector<Finding>> found;
  for (std::optional<Result<Checked>>& result : results) {
    if (!*result) {
      outcome.unusable.push_back(result->error());
      continue;
    }
    Checked& checked = result->value();
    if (!options.kinds.empty()) {
      checked.summary.kinds.assign(options.kinds.begin(), options.kinds.end());
      std::erase_if(checked.findings, [&](const Finding& finding) { return !options.kinds.contains(finding.kind); });
    }
    if (suppressions) checked.summary.suppressed = suppressions->apply(checked.findings);
    move_sources(checked.findings, options.style.source_roots);
    summaries.push_back(std::move(checked.summary));
    found.push_back(std::move(checked.findings));
  }
  outcome.report = join_recordings(TENTER_VERSION, std::move(summaries), std::move(found));
  if (suppressions) {
    outcome.report.suppressions = suppressions->uses(options.kinds);
    for (SuppressionUse& use : outcome.report.suppressions)
      for (SuppressionUse::Taken& taken : use.taken)
        taken.location.file = moved_path(taken.location.file, options.style.source_roots);
    tell_of(outcome.report.suppressions, options, outcome);
  }
  return outcome;
}

}  // namespace tenter::analysis
