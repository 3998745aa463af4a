// Laws of the gate: what it says of a report is a matter of sets of fingerprints, and it is never sure of what was not seen.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "random_reports.h"
#include "report/gate.h"

namespace tenter::analysis {
namespace {

using Prints = std::multiset<std::string>;

Prints prints_of(const std::vector<GateEntry>& entries) {
  Prints prints;
  for (const GateEntry& entry : entries) prints.insert(entry.fingerprint);
  return prints;
}

// As --update-baseline writes it, and by way of its file.
Baseline baseline_of(const ReportDocument& reports) {
  const GateVerdict verdict = compare(reports, {});
  Result<Baseline> read = read_baseline(baseline_text({verdict.fresh, verdict.programs}, "1.2.3"), "known.json");
  RC_ASSERT(static_cast<bool>(read));
  return std::move(*read);
}

RC_GTEST_PROP(GateLaws, is_open_for_its_own_baseline, ()) {
  const ReportDocument reports = some_document();
  const Baseline baseline = baseline_of(reports);
  const GateVerdict verdict = compare(reports, baseline);
  RC_ASSERT(verdict.fresh.empty());
  RC_ASSERT(verdict.moved.empty());
  RC_ASSERT(verdict.gone.empty());
  RC_ASSERT(verdict.unasked.empty());
  RC_ASSERT(prints_of(verdict.known) == prints_of(baseline.entries));
}

// Nothing falls between: each finding that counts is new, known or moved, and each entry known, moved, gone or not looked for.
RC_GTEST_PROP(GateLaws, full_is_new_and_known_and_moved, ()) {
  const Baseline baseline = baseline_of(some_document());
  const ReportDocument later = some_document();
  const GateVerdict verdict = compare(later, baseline);
  Prints reported, told = prints_of(verdict.fresh), entries, entries_told = prints_of(verdict.gone);
  for (const auto& [print, entry] : later.findings())
    if (entry.example.at("severity") != "note") reported.insert(print);
  for (const GateEntry& entry : verdict.known) told.insert(entry.fingerprint);
  for (const MovedEntry& moved : verdict.moved) told.insert(moved.now.fingerprint);
  RC_ASSERT(told == reported);
  for (const GateEntry& entry : verdict.known) entries_told.insert(entry.fingerprint);
  for (const GateEntry& entry : verdict.unasked) entries_told.insert(entry.fingerprint);
  for (const MovedEntry& moved : verdict.moved) entries_told.insert(moved.before.fingerprint);
  RC_ASSERT(entries_told == prints_of(baseline.entries));
}

RC_GTEST_PROP(GateLaws, an_entry_stands_for_one_finding_with_its_functions_and_kind, ()) {
  const Baseline baseline = baseline_of(some_document());
  const GateVerdict verdict = compare(some_document(), baseline);
  Prints before;
  for (const MovedEntry& moved : verdict.moved) {
    RC_ASSERT(!moved.now.weak_fingerprint.empty());
    RC_ASSERT(moved.now.weak_fingerprint == moved.before.weak_fingerprint);
    RC_ASSERT(moved.now.kind == moved.before.kind);
    RC_ASSERT(prints_of(baseline.entries).count(moved.now.fingerprint) == 0u);
    before.insert(moved.before.fingerprint);
  }
  for (const std::string& print : before) RC_ASSERT(before.count(print) == 1u);
}

// Retries and more machines close a gate, and never open it.
RC_GTEST_PROP(GateLaws, more_reports_show_no_less, ()) {
  const Baseline baseline = baseline_of(some_document());
  const ReportDocument one = some_document();
  ReportDocument more = one;
  more.join(some_document());
  const auto shown = [&](const ReportDocument& reports) {
    const GateVerdict verdict = compare(reports, baseline);
    std::set<std::string> prints;
    for (const GateEntry& entry : verdict.fresh) prints.insert(entry.fingerprint);
    for (const MovedEntry& moved : verdict.moved) prints.insert(moved.now.fingerprint);
    return prints;
  };
  const std::set<std::string> before = shown(one), after = shown(more);
  RC_ASSERT(std::ranges::includes(after, before));
}

RC_GTEST_PROP(GateLaws, a_stricter_gate_lets_no_more_through, ()) {
  const ReportDocument reports = some_document();
  std::size_t before = 0;
  for (const char* level : {"error", "warning", "note"}) {
    const std::size_t closed_by = compare(reports, {}, {level, {}, 1}).fresh.size();
    RC_ASSERT(closed_by >= before);
    before = closed_by;
  }
  RC_ASSERT(before == reports.findings().size());
}

RC_GTEST_PROP(GateLaws, whatever_is_incomplete_is_told, ()) {
  const ReportDocument reports = some_document();
  std::size_t losses = 0;
  std::uint64_t events = 0;
  for (const auto& [key, told] : reports.recordings()) {
    losses += told.conclusive() ? 0u : 1u;
    events += told.told.at("events").get<std::uint64_t>();
  }
  RC_ASSERT(compare(reports, {}).incomplete.size() == losses);
  RC_ASSERT(compare(reports, {}, {"warning", {"nowhere.so"}, 1}).incomplete.size() == losses + 1);
  if (!reports.recordings().empty())
    RC_ASSERT(compare(reports, {}, {"warning", {}, events + 1}).incomplete.size() == losses + 1);
}

}  // namespace
}  // namespace tenter::analysis
