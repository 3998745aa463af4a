// What joining does with particular reports; its laws are in merge_laws_test.cc.
#include "report/merge_reports.h"

#include <gtest/gtest.h>

#include "made_up_report.h"

namespace tenter::analysis {
namespace {

TEST(Merge, gives_a_report_of_check_back_where_recordings_had_different_analyses) {
  RecordingSummary few = recording("a"), many = recording("b");
  few.analyses = {{"hb", "promise", 1, 1, 0}, {"leak", "promise", 0, 0, 0}};
  many.analyses = {{"hb", "promise", 1, 1, 0}, {"syncp", "promise", 0, 0, 0}, {"leak", "promise", 0, 0, 0}};
  const std::string text = text_of(json_of(report_of({{few, {}}, {many, {}}})));
  EXPECT_EQ(text_of(read_report(text, "report.json")->json()), text);
}

TEST(Merge, adds_counts_over_the_set_of_recordings_alone) {
  const ReportDocument a = document_of(report_of({{recording("one"), {race(0, 3)}}}));
  const ReportDocument b = document_of(report_of({{recording("two"), {race(0, 4)}}}));
  ReportDocument all = a;
  all.join(b);
  all.join(a);
  const auto json = all.json();
  ASSERT_EQ(json["findings"].size(), 1u);
  EXPECT_EQ(json["findings"][0]["count"], 7);
  EXPECT_EQ(json["findings"][0]["recordings"], (std::vector<std::string>{"one.tent", "two.tent"}));
  EXPECT_EQ(json["summary"]["data-race"], 1);
  EXPECT_EQ(json["analyses"][0]["racy_events"], 6);
}

TEST(Merge, never_hides_a_loss) {
  const ReportDocument whole = document_of(report_of({{recording("one"), {}}}));
  const ReportDocument cut = document_of(report_of({{recording("one", false), {}}}));
  EXPECT_TRUE(whole.conclusive());
  ReportDocument all = whole;
  all.join(cut);
  EXPECT_FALSE(all.conclusive());
  EXPECT_FALSE(ReportDocument().conclusive()) << "no recording at all";
}

TEST(Merge, knows_when_all_shards_are_there) {
  ReportDocument all;
  for (const char* shard : {"1/3", "2/3", "3/3"}) {
    RecordingSummary part = recording("one");
    part.shards = {shard};
    all.join(document_of(report_of({{part, {}}})));
    EXPECT_EQ(all.conclusive(), std::string(shard) == "3/3") << shard;
  }
}

TEST(Merge, saturates_instead_of_overflowing) {
  ReportDocument all = document_of(report_of({{recording("one"), {race(0, UINT64_MAX)}}}));
  all.join(document_of(report_of({{recording("two"), {race(0, UINT64_MAX)}}})));
  EXPECT_EQ(all.json()["findings"][0]["count"], UINT64_MAX);
}

TEST(ReadReport, takes_only_our_own) {
  const auto status = [](const std::string& text) {
    const Result<ReportDocument> document = read_report(text, "x.json");
    if (document) return 0;
    EXPECT_NE(document.error().sentence.find("x.json"), std::string::npos);
    return static_cast<int>(document.error().exit_code);
  };
  const std::string good = text_of(json_of(report_of({{recording("one"), {race(0), note()}}})));
  EXPECT_EQ(status(good), 0);
  for (
      const char* bad :
      {"", "{", "[]", "null", "7", "{}", R"({"schema_version":1})", R"({"schema_version":1,"tool":{"name":"other"}})",
       R"({"schema_version":2,"tool":{"name":"tenter"}})", R"({"schema_version":-1,"tool":{"name":"tenter"}})",
       R"({"schema_version":1,"tool":{"name":"tenter"},"recordings":[]})",
       R"({"schema_version":1,"tool":{"name":"tenter"},"recordings":[7],"findings":[]})",
       R"({"schema_version":1,"tool":{"name":"tenter"},"recordings":[],"findings":[{"kind":"data-race","fingerprint":"xyz"}]})",
       R"({"schema_version":1e999})"})
    EXPECT_EQ(status(bad), 3) << bad;
  EXPECT_EQ(status(std::string(100000, '[')), 3);
  for (std::size_t size = 0; size + 2 < good.size(); size += 7) EXPECT_EQ(status(good.substr(0, size)), 3) << size;
}

TEST(ReadReport, survives_every_flipped_bit) {
  const std::string good = text_of(json_of(report_of({{recording("one"), {race(0)}}})));
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string changed = good;
    changed[i] = static_cast<char>(changed[i] ^ (1 << (i % 8)));
    const Result<ReportDocument> document = read_report(changed, "x.json");
    EXPECT_TRUE(!document || !text_of(document->json()).empty());
  }
}

TEST(ReadReport, keeps_fields_that_a_newer_tool_added) {
  auto json = json_of(report_of({{recording("one"), {race(0)}}}));
  json["findings"][0]["caveats"] = {"fence"};
  json["recordings"][0]["host"] = "ci-7";
  const Result<ReportDocument> document = read_report(text_of(json), "newer.json");
  ASSERT_TRUE(document);
  EXPECT_EQ(document->json()["findings"][0]["caveats"][0], "fence");
  EXPECT_EQ(document->json()["recordings"][0]["host"], "ci-7");
}

}  // namespace
}  // namespace tenter::analysis
