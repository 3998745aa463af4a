#include "report/gate.h"

#include <gtest/gtest.h>

#include "made_up_report.h"

namespace tenter::analysis {
namespace {

std::vector<GateEntry> baseline_of(const ReportDocument& reports) {
  const GateVerdict verdict = compare(reports, {});
  std::vector<GateEntry> entries = verdict.known;
  entries.insert(entries.end(), verdict.fresh.begin(), verdict.fresh.end());
  Result<std::vector<GateEntry>> read = read_baseline(baseline_text(entries, "1.2.3"), "known.json");
  EXPECT_TRUE(read);
  return read ? std::move(*read) : std::vector<GateEntry>();
}

TEST(Gate, is_open_for_its_own_baseline_and_closed_for_what_that_lacks) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    const ReportDocument old = document_of(random_report(random)), later = document_of(random_report(random));
    const std::vector<GateEntry> baseline = baseline_of(old);
    const GateVerdict own = compare(old, baseline);
    ASSERT_TRUE(own.fresh.empty()) << seed;
    ASSERT_TRUE(own.gone.empty()) << seed;
    // Everything but notes of the later report is known or new, and all that the baseline has is known or gone.
    const GateVerdict verdict = compare(later, baseline);
    std::size_t counted = 0;
    const auto json = later.json();
    for (const auto& finding : json["findings"]) counted += finding["severity"] != "note" ? 1u : 0u;
    ASSERT_EQ(verdict.fresh.size() + verdict.known.size(), counted) << seed;
    ASSERT_EQ(verdict.known.size() + verdict.gone.size(), baseline.size()) << seed;
    // New ones stay new, whatever is joined to the report.
    ReportDocument both = later;
    both.join(old);
    ASSERT_EQ(compare(both, baseline).fresh.size(), verdict.fresh.size()) << seed;
  }
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
  part.shard = "1/2";
  const GateVerdict verdict = compare(
      document_of(report_of({{recording("cut", false), {}}, {bare, {}}, {part, {}}, {recording("fine"), {}}})), {});
  ASSERT_EQ(verdict.incomplete.size(), 3u);
  EXPECT_EQ(verdict.incomplete[0], "bare.tent: nothing in it was instrumented");
  EXPECT_EQ(verdict.incomplete[1], "cut.tent: The program was killed.");
  EXPECT_EQ(verdict.incomplete[2], "part.tent: not all of its shards were checked");
}

TEST(Baseline, is_the_same_text_for_the_same_entries) {
  const std::vector<GateEntry> entries = {{std::string(32, 'a'), "data-race", "error", "one", "a.cc:1"},
                                          {std::string(32, 'b'), "deadlock", "error", "two", "b.cc:2"}};
  const std::vector<GateEntry> turned = {entries[1], entries[0], entries[1]};
  EXPECT_EQ(baseline_text(entries, "1"), baseline_text(turned, "1"));
}

TEST(Baseline, that_is_damaged_is_an_error) {
  for (const char* bad : {"", "[]", "{}", R"({"schema_version":1,"tool":{"name":"tenter"}})",
                          R"({"schema_version":1,"tool":{"name":"tenter"},"findings":[7]})",
                          R"({"schema_version":1,"tool":{"name":"tenter"},"findings":[{"fingerprint":"short"}]})",
                          R"({"schema_version":9,"tool":{"name":"tenter"},"findings":[]})"}) {
    const Result<std::vector<GateEntry>> read = read_baseline(bad, "known.json");
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().exit_code, ExitCode::input) << bad;
  }
}

TEST(Baseline, may_be_a_report) {
  const Report report = report_of({{recording("one"), {race(0), race(1)}}});
  const Result<std::vector<GateEntry>> entries = read_baseline(text_of(json_of(report)), "report.json");
  ASSERT_TRUE(entries);
  EXPECT_TRUE(compare(document_of(report), *entries).fresh.empty());
  EXPECT_EQ(entries->at(0).place, "/src/bank.cc:10");
}

}  // namespace
}  // namespace tenter::analysis
