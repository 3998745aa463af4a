#include "report/report_of_json.h"

#include <gtest/gtest.h>

#include <random>

#include <sstream>

#include "hostile_texts.h"
#include "made_up_report.h"
#include "report/formats.h"

namespace tenter::analysis {
namespace {

using Json = nlohmann::ordered_json;

// A finding in which every field that a kind may have is set.
Finding full() {
  Finding finding = race(1, 3);
  finding.kind = "task-leak";
  finding.fingerprint = std::string(32, '7');
  finding.reason = "send-no-receiver";
  finding.proof = "proven";
  const std::vector<Frame> stack = finding.sides[0].stack;
  finding.sides[0].locks = {{"accounts", "0x10"}};
  finding.sides[0].stack[0].inlined = true;
  finding.object->created_at = stack;
  const WaitRef wait{finding.sides[0].task, "mutex `a`", stack, "mutex `b`", stack};
  finding.cycle = {wait};
  finding.blocked_on = wait;
  finding.could_be_unblocked_by = {finding.sides[0].task, finding.sides[1].task};
  finding.found_by = {"hb", "syncp"};
  finding.witness = WitnessRef{"syncp", 12, 3, {{2, "thread 2", 4, "lock mutex `a`", {"/src/bank.cc", "add()", 4, 0}}}};
  return finding;
}

TEST(ReportOfJson, is_the_way_back) {
  RecordingSummary limited = recording("limited");
  limited.kinds = {"data-race"};
  limited.shards = {"1/3", "2/3"};
  limited.notes = {"one", "two"};
  const Report report = report_of({{recording("one"), {race(0, 2), full(), note()}}, {limited, {race(0)}}});
  const Json json = json_of(report);
  EXPECT_EQ(text_of(json_of(report_of_json(json))), text_of(json));
}

// Replaces, here and there, a part of the document by something of another type.
void disturb(Json& json, std::mt19937& random) {
  const unsigned roll = static_cast<unsigned>(random() % 12);
  if (roll == 0) json = random_hostile_text(random);
  else if (roll == 1) json = Json::array({1, "x", nullptr});
  else if (roll == 2) json = Json{{"file", "x"}, {"line", UINT64_MAX}};
  else if (json.is_structured())
    for (Json& part : json) disturb(part, random);
}

TEST(Formats, take_any_document) {
  const Json whole = json_of(report_of({{recording("one"), {race(0, 2), full(), note()}}, {recording("two"), {}}}));
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    Json json = whole;
    for (Json& part : json) disturb(part, random);
    const Report report = report_of_json(json);
    for (const Format& format : formats()) {
      std::ostringstream out;
      format.write(report, {}, out);
    }
  }
}

TEST(Formats, have_names_of_their_own) {
  for (const Format& format : formats()) EXPECT_EQ(find_format(format.name), &format);
  EXPECT_EQ(find_format("xml"), nullptr);
  EXPECT_TRUE(names_of_formats().starts_with("text, json, sarif"));
}

}  // namespace
}  // namespace tenter::analysis
