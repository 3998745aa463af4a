#include "report/json_report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "finding/rank.h"
#include "made_up_report.h"

namespace tenter::analysis {
namespace {

TEST(JsonReport, has_the_names_that_others_rely_on) {
  const auto json = json_of(report_of({{recording("one"), {race(0, 2)}}}));
  EXPECT_EQ(json["schema_version"], 1);
  EXPECT_EQ(json["tool"]["name"], "tenter");
  EXPECT_EQ(json["summary"]["data-race"], 1);
  for (const char* key : {"path", "program", "complete", "lost_events", "tasks", "threads", "events", "end"})
    EXPECT_TRUE(json["recordings"][0].contains(key)) << key;
  for (const char* key : {"name", "promise", "racy_events", "racy_places", "deadlocks"})
    EXPECT_TRUE(json["analyses"][0].contains(key)) << key;
  const auto& finding = json["findings"][0];
  for (const char* key : {"kind", "certainty", "severity", "fingerprint", "message", "count", "locations", "sides",
                          "object", "explanation"})
    EXPECT_TRUE(finding.contains(key)) << key;
  for (const char* key : {"role", "task", "stack", "locks", "size"})
    EXPECT_TRUE(finding["sides"][0].contains(key)) << key;
  for (const char* key : {"id", "name", "kind", "created_at"})
    EXPECT_TRUE(finding["sides"][0]["task"].contains(key)) << key;
  for (const char* key : {"function", "file", "line", "column", "module", "offset"})
    EXPECT_TRUE(finding["sides"][0]["stack"][0].contains(key)) << key;
  EXPECT_EQ(finding["count"], 2);
}

TEST(JsonReport, is_valid_utf8_whatever_the_recording_held) {
  Finding hostile = race(0);
  hostile.message = "\xff\xfe </script> \x1b]52;c;x\x07 \xed\xa0\x80";
  hostile.sides[0].stack[0].function = std::string("nul\0inside", 10);
  RecordingSummary summary = recording("one");
  summary.program = "\xc3\x28";
  std::ostringstream out;
  write_json(report_of({{summary, {hostile}}}), out);
  const std::string text = out.str();
  EXPECT_TRUE(nlohmann::json::accept(text));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\0'), std::string::npos);
  EXPECT_EQ(text.find("\xff"), std::string::npos);
}

TEST(JsonReport, same_report_same_bytes) {
  const auto parts = [] {
    return std::vector<std::pair<RecordingSummary, std::vector<Finding>>>{{recording("b"), {race(1)}},
                                                                          {recording("a"), {race(0), race(1)}}};
  };
  auto turned = parts();
  std::swap(turned[0], turned[1]);
  EXPECT_EQ(text_of(json_of(report_of(parts()))), text_of(json_of(report_of(std::move(turned)))));
}

TEST(JsonReport, counts_a_recording_that_was_given_twice_once) {
  const auto json = json_of(report_of({{recording("a"), {race(0, 2)}}, {recording("a"), {race(0, 2)}}}));
  EXPECT_EQ(json["recordings"].size(), 1u);
  EXPECT_EQ(json["findings"][0]["count"], 2);
}

TEST(Schema, knows_the_kinds_that_findings_may_have) {
  std::ifstream file(TENTER_DOCS "/report-schema.json");
  const auto schema = nlohmann::json::parse(file);
  std::vector<std::string> theirs = schema["definitions"]["kind"]["enum"], ours = known_kinds();
  std::sort(theirs.begin(), theirs.end());
  std::sort(ours.begin(), ours.end());
  EXPECT_EQ(theirs, ours);
}

}  // namespace
}  // namespace tenter::analysis
