#include "report/gate.h"

#include <gtest/gtest.h>

#include "made_up_report.h"

namespace tenter::analysis {
namespace {

Baseline baseline_of(const ReportDocument& reports) {
  const GateVerdict verdict = compare(reports, {});
  std::vector<GateEntry> entries = verdict.known;
  entries.insert(entries.end(), verdict.fresh.begin(), verdict.fresh.end());
  Result<Baseline> read = read_baseline(baseline_text({entries, verdict.programs}, "1.2.3"), "known.json");
  EXPECT_TRUE(read);
  return read ? std::move(*read) : Baseline();
}

TEST(Gate, takes_an_entry_with_the_same_functions_and_variable_for_moved) {
  Finding before = race(0), after = race(1), other = race(2);
  before.weak_fingerprint = after.weak_fingerprint = other.weak_fingerprint = std::string(32, 'e');
  const Baseline baseline = baseline_of(document_of(report_of({{recording("one"), {before}}})));
  const GateVerdict verdict = compare(document_of(report_of({{recording("one"), {after}}})), baseline);
  ASSERT_EQ(verdict.moved.size(), 1u);
  EXPECT_EQ(verdict.moved[0].now.fingerprint, after.fingerprint);
  EXPECT_EQ(verdict.moved[0].before.fingerprint, before.fingerprint);
  EXPECT_TRUE(verdict.fresh.empty());
  EXPECT_TRUE(verdict.gone.empty());
  // One entry stands for one finding, and not at all while its own is there.
  EXPECT_EQ(compare(document_of(report_of({{recording("one"), {after, other}}})), baseline).fresh.size(), 1u);
  EXPECT_EQ(compare(document_of(report_of({{recording("one"), {before, after}}})), baseline).fresh.size(), 1u);
  // Without names of functions nothing is known to be the same.
  before.weak_fingerprint = after.weak_fingerprint = "";
  EXPECT_EQ(compare(document_of(report_of({{recording("one"), {after}}})),
                    baseline_of(document_of(report_of({{recording("one"), {before}}}))))
                .fresh.size(),
            1u);
}

TEST(Gate, lists_what_was_suppressed_and_which_rules_did_nothing) {
  Report report = report_of({{recording("one"), {}}});
  const Finding quiet = race(3);
  SuppressionUse used{"races.supp", "race:log", "", 4, false, {}};
  used.taken = {{quiet.fingerprint, quiet.kind, quiet.severity, quiet.message, quiet.locations.front()}};
  report.suppressions = {used,
                         {"races.supp", "race:nowhere", "", 5, false, {}},
                         {"races.supp", "{ until spring }", "until spring", 6, true, {}}};
  const GateVerdict verdict = compare(document_of(report), {});
  ASSERT_EQ(verdict.suppressed.size(), 1u);
  EXPECT_EQ(verdict.suppressed[0].entry.fingerprint, quiet.fingerprint);
  EXPECT_EQ(verdict.suppressed[0].entry.place, "/src/bank.cc:13");
  EXPECT_EQ(verdict.suppressed[0].rule, "races.supp:4: race:log");
  EXPECT_EQ(verdict.unused, std::vector<std::string>{"races.supp:5: race:nowhere"});
  EXPECT_EQ(verdict.expired, std::vector<std::string>{"races.supp:6: { until spring }"});
  EXPECT_TRUE(verdict.fresh.empty());
}

TEST(Gate, asks_sources_for_no_events_and_for_no_kinds_of_runs) {
  RecordingSummary source = recording("queue.cc");
  source.source = true;
  source.events = 0;
  const ReportDocument run = document_of(report_of({{recording("one"), {race(1)}}}));
  const GateVerdict of_source = compare(document_of(report_of({{source, {}}})), baseline_of(run));
  EXPECT_TRUE(of_source.incomplete.empty());
  EXPECT_EQ(of_source.unasked.size(), 1u);
  Finding finding = race(2);
  finding.kind = "lock-double";
  const Baseline linted = baseline_of(document_of(report_of({{source, {finding}}})));
  EXPECT_EQ(compare(run, linted).unasked.size(), 1u);
  EXPECT_EQ(compare(document_of(report_of({{source, {}}})), linted).gone.size(), 1u);
}

TEST(Gate, does_not_count_notes) {
  const GateVerdict verdict = compare(document_of(report_of({{recording("one"), {note()}}})), {});
  EXPECT_TRUE(verdict.fresh.empty());
  EXPECT_TRUE(verdict.incomplete.empty());
}

TEST(Gate, tells_recordings_that_prove_nothing) {
  RecordingSummary bare = recording("bare");
  bare.conclusive = false;
  RecordingSummary part = recording("part");
  part.shards = {"1/2"};
  const GateVerdict verdict = compare(
      document_of(report_of({{recording("cut", false), {}}, {bare, {}}, {part, {}}, {recording("fine"), {}}})), {});
  ASSERT_EQ(verdict.incomplete.size(), 3u);
  EXPECT_EQ(verdict.incomplete[0], "bare.tent: nothing in it was instrumented");
  EXPECT_EQ(verdict.incomplete[1], "cut.tent: The program was killed.");
  EXPECT_EQ(verdict.incomplete[2], "part.tent: not all of its shards were checked");
}

TEST(Gate, tells_the_baseline_of_other_programs) {
  RecordingSummary other = recording("two");
  other.program = "/elsewhere/store";
  RecordingSummary source = recording("queue.cc");
  source.source = true;
  const Baseline of_bank = baseline_of(document_of(report_of({{recording("one"), {race(0)}}})));
  EXPECT_EQ(of_bank.programs, std::set<std::string>{"src/bank"});
  EXPECT_TRUE(compare(document_of(report_of({{other, {}}})), of_bank).of_other_programs);
  EXPECT_TRUE(compare(document_of(report_of({{other, {race(1)}}, {source, {}}})), of_bank).of_other_programs);
  // Evidence that it is the right one: a program, or a finding.
  EXPECT_FALSE(compare(document_of(report_of({{other, {}}, {recording("one"), {}}})), of_bank).of_other_programs);
  EXPECT_FALSE(compare(document_of(report_of({{other, {race(0)}}})), of_bank).of_other_programs);
  other.program = "/ci/build/src/bank_mended";
  EXPECT_FALSE(compare(document_of(report_of({{other, {}}})), of_bank).of_other_programs);
  other.program = "/elsewhere/bank";
  EXPECT_FALSE(compare(document_of(report_of({{other, {}}})), of_bank).of_other_programs);
  other.program = "/elsewhere/store";
  // Nothing to go by.
  EXPECT_FALSE(compare(document_of(report_of({{source, {}}})), of_bank).of_other_programs);
  EXPECT_FALSE(compare(document_of(report_of({{other, {}}})), {of_bank.entries, {}}).of_other_programs);
  EXPECT_FALSE(compare(document_of(report_of({{other, {}}})), {{}, of_bank.programs}).of_other_programs);
}

TEST(Baseline, is_the_same_text_for_the_same_entries) {
  const std::vector<GateEntry> entries = {{std::string(32, 'a'), "data-race", "error", "one", "a.cc:1"},
                                          {std::string(32, 'b'), "deadlock", "error", "two", "b.cc:2"}};
  const std::vector<GateEntry> turned = {entries[1], entries[0], entries[1]};
  EXPECT_EQ(baseline_text({entries, {}}, "1"), baseline_text({turned, {}}, "1"));
}

TEST(Baseline, that_is_damaged_is_an_error) {
  for (const char* bad : {"", "[]", "{}", R"({"schema_version":1,"tool":{"name":"tenter"}})",
                          R"({"schema_version":1,"tool":{"name":"tenter"},"findings":[7]})",
                          R"({"schema_version":1,"tool":{"name":"tenter"},"findings":[{"fingerprint":"short"}]})",
                          R"({"schema_version":9,"tool":{"name":"tenter"},"findings":[]})"}) {
    const Result<Baseline> read = read_baseline(bad, "known.json");
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().exit_code, ExitCode::input) << bad;
  }
}

TEST(Baseline, may_be_a_report) {
  const Report report = report_of({{recording("one"), {race(0), race(1)}}});
  const Result<Baseline> agreed = read_baseline(text_of(json_of(report)), "report.json");
  ASSERT_TRUE(agreed);
  EXPECT_TRUE(compare(document_of(report), *agreed).fresh.empty());
  EXPECT_EQ(agreed->entries.at(0).place, "/src/bank.cc:10");
}

}  // namespace
}  // namespace tenter::analysis
