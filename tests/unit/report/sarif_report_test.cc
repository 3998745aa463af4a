#include "report/sarif_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "hostile_texts.h"
#include "made_up_report.h"

namespace tenter::analysis {
namespace {

using Json = nlohmann::ordered_json;

Json sarif_of(const Report& report, const RenderOptions& options = {}) {
  std::ostringstream out;
  write_sarif(report, options, out);
  return Json::parse(out.str());
}

Finding cycle_of_two() {
  Finding finding = race(2);
  finding.kind = "lock-order-inversion";
  finding.certainty = "predicted";
  finding.severity = "warning";
  const TaskRef one = finding.sides[0].task, other = finding.sides[1].task;
  finding.cycle = {{one, "mutex `b`", {frame_at("pay()", 12)}, "mutex `a`", {frame_at("pay()", 11)}},
                   {other, "mutex `a`", {frame_at("audit()", 22)}, "mutex `b`", {frame_at("audit()", 21)}}};
  return finding;
}

TEST(SarifReport, has_a_rule_for_each_result) {
  const Json run = sarif_of(report_of({{recording("one"), {race(0), race(1), cycle_of_two()}}}))["runs"][0];
  const Json& rules = run["tool"]["driver"]["rules"];
  ASSERT_EQ(rules.size(), 2u);
  ASSERT_EQ(run["results"].size(), 3u);
  for (const Json& result : run["results"]) {
    const Json& rule = rules.at(result["ruleIndex"].get<std::size_t>());
    EXPECT_EQ(rule["id"], result["ruleId"]);
    EXPECT_FALSE(rule["fullDescription"]["text"].get<std::string>().empty());
    EXPECT_NE(rule["help"]["markdown"].get<std::string>().find("## Right"), std::string::npos);
  }
  EXPECT_EQ(rules[0]["properties"]["tags"][2], "external/cwe/cwe-362");
}

TEST(SarifReport, has_a_thread_flow_for_each_task) {
  const Json result = sarif_of(report_of({{recording("one"), {race(0)}}}))["runs"][0]["results"][0];
  const Json& flows = result["codeFlows"][0]["threadFlows"];
  ASSERT_EQ(flows.size(), 2u);
  EXPECT_EQ(flows[0]["id"], "thread 2");
  EXPECT_EQ(flows[1]["id"], "the main thread");
  // Created in main, then work() calls add(); the accesses of both come last and at one time.
  ASSERT_EQ(flows[0]["locations"].size(), 3u);
  EXPECT_EQ(flows[0]["locations"][1]["location"]["logicalLocations"][0]["fullyQualifiedName"], "work()");
  EXPECT_EQ(flows[0]["locations"][2]["importance"], "essential");
  EXPECT_EQ(flows[0]["locations"][2]["executionOrder"], flows[1]["locations"][0]["executionOrder"]);
  EXPECT_EQ(result["stacks"].size(), 2u);
  EXPECT_EQ(result["relatedLocations"].size(), 3u);
  EXPECT_NE(result["message"]["text"].get<std::string>().find("[thread 2 writes 8 bytes](1)"), std::string::npos);
  EXPECT_EQ(result["partialFingerprints"]["racePair/v1"], race(0).fingerprint);
}

TEST(SarifReport, shows_what_each_task_of_a_cycle_holds_and_wants) {
  const Json result = sarif_of(report_of({{recording("one"), {cycle_of_two()}}}))["runs"][0]["results"][0];
  EXPECT_EQ(result["level"], "warning");
  const Json& flows = result["codeFlows"][0]["threadFlows"];
  ASSERT_EQ(flows.size(), 2u);
  EXPECT_EQ(flows[1]["locations"][0]["location"]["message"]["text"], "Takes mutex `b`.");
  EXPECT_EQ(flows[1]["locations"][1]["location"]["message"]["text"], "The main thread takes mutex `a`.");
}

TEST(SarifReport, tells_since_when_each_waits) {
  Finding deadlock = cycle_of_two();
  deadlock.kind = "deadlock";
  deadlock.certainty = "observed";
  deadlock.cycle[0].since = 1234;
  deadlock.cycle[1].since = 5678;
  const Json result = sarif_of(report_of({{recording("one"), {deadlock}}}))["runs"][0]["results"][0];
  const Json& flows = result["codeFlows"][0]["threadFlows"];
  EXPECT_EQ(flows[0]["locations"].back()["location"]["message"]["text"],
            "Thread 2 waits for mutex `b` since step 1,234 of the run.");
  EXPECT_EQ(flows[0]["locations"].back()["properties"]["since_step"], 1234);
  EXPECT_EQ(flows[1]["locations"].back()["properties"]["since_step"], 5678);

  Finding leak = race(0);
  leak.kind = "task-leak";
  leak.blocked_on = {leak.sides[0].task, "send to channel `c`", leak.sides[0].stack, "", {}, 77};
  const Json left = sarif_of(report_of({{recording("one"), {leak}}}))["runs"][0]["results"][0];
  const Json& of_leak = left["codeFlows"][0]["threadFlows"];
  EXPECT_EQ(of_leak[0]["locations"].back()["location"]["message"]["text"],
            "Thread 2 waits to send to channel `c` since step 77 of the run.");
  EXPECT_EQ(of_leak[0]["locations"].back()["properties"]["since_step"], 77);
  EXPECT_FALSE(of_leak[1]["locations"].back().contains("properties"));
}

TEST(SarifReport, names_files_from_the_reader_s_folder) {
  RenderOptions options;
  options.folder = "/src";
  const Report report = report_of({{recording("one"), {race(0)}}});
  const Json inside = sarif_of(report, options)["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
  EXPECT_EQ(inside["artifactLocation"]["uri"], "bank.cc");
  EXPECT_EQ(inside["artifactLocation"]["uriBaseId"], "SRCROOT");
  EXPECT_EQ(inside["region"]["startLine"], 10);
  const Json outside = sarif_of(report)["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
  EXPECT_EQ(outside["artifactLocation"]["uri"], "file:///src/bank.cc");
  EXPECT_FALSE(outside["artifactLocation"].contains("uriBaseId"));
}

TEST(SarifReport, has_no_steps_back_in_a_path_and_none_that_is_too_long) {
  Report report = report_of({{recording("one"), {race(0)}}});
  std::string& file = report.findings[0].locations[0].file;
  const auto uri = [&]() -> std::string {
    return sarif_of(report)["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
  };
  file = "/usr/lib/gcc/12/../../../include/vector";
  EXPECT_EQ(uri(), "file:///usr/include/vector");
  file = '/' + std::string(70'000, 'x');
  EXPECT_LE(uri().size(), 4096 + std::string("file://").size());
}

TEST(SarifReport, tells_what_a_recording_lacks) {
  const Json run = sarif_of(report_of({{recording("cut", false), {}}}))["runs"][0];
  const Json& told = run["invocations"][0]["toolExecutionNotifications"];
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0]["message"]["text"], "cut.tent: The program was killed.");
  EXPECT_TRUE(run["results"].empty());
}

TEST(SarifReport, is_bounded_and_says_what_it_left_out) {
  Finding deep = race(0);
  deep.sides[0].stack.assign(1000, frame_at("recurse()", 5));
  std::vector<Finding> many;
  for (unsigned i = 0; i < 5003; ++i) {
    many.push_back(race(0));
    many.back().fingerprint = std::to_string(100'000 + i) + std::string(26, '0');
  }
  many.front() = deep;
  const Json run = sarif_of(report_of({{recording("one"), std::move(many)}}))["runs"][0];
  EXPECT_EQ(run["results"].size(), 5000u);
  std::string told;
  for (const Json& one : run["invocations"][0]["toolExecutionNotifications"]) told += one["message"]["text"];
  EXPECT_NE(told.find("5,003 findings"), std::string::npos);
  EXPECT_NE(told.find("shortened"), std::string::npos);
  for (const Json& result : run["results"])
    for (const Json& stack : result["stacks"]) ASSERT_LE(stack["frames"].size(), 100u);
}

TEST(SarifReport, is_json_whatever_the_names_are) {
  for (unsigned seed = 0; seed < 500; ++seed) {
    std::mt19937 random(seed);
    Finding finding = seed % 2 == 0 ? race(0) : cycle_of_two();
    finding.message = random_hostile_text(random);
    finding.explanation = random_hostile_text(random);
    finding.locations[0].file = random_hostile_text(random);
    finding.sides[0].task.name = random_hostile_text(random);
    finding.sides[0].stack[0].function = random_hostile_text(random);
    finding.sides[0].stack[0].file = random_hostile_text(random);
    const Json document = sarif_of(report_of({{recording(random_hostile_text(random)), {finding}}}));
    // The links of the message lead to its related locations and nowhere else.
    const std::string text = document["runs"][0]["results"][0]["message"]["text"];
    for (auto at = text.find("]("); at != std::string::npos; at = text.find("](", at + 1)) {
      if (text[at - 1] == '\\') continue;
      const std::size_t id = std::stoul(text.substr(at + 2));
      ASSERT_GE(id, 1u);
      ASSERT_LE(id, document["runs"][0]["results"][0]["relatedLocations"].size()) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace tenter::analysis
