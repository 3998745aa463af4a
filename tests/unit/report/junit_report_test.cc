#include "report/junit_report.h"

#include <gtest/gtest.h>

#include <sstream>

#include "hostile_texts.h"
#include "made_up_report.h"

namespace tenter::analysis {
namespace {

std::string junit_of(const Report& report) {
  std::ostringstream out;
  write_junit(report, {}, out);
  return out.str();
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(JunitReport, fails_the_case_of_a_kind_that_was_found) {
  const std::string text = junit_of(report_of({{recording("one"), {race(0), race(1)}}}));
  EXPECT_TRUE(holds(text, "<testsuites name=\"tenter\" tests=\"3\" failures=\"1\" errors=\"0\">")) << text;
  EXPECT_TRUE(
      holds(text, "<testcase classname=\"tenter.bank\" name=\"data-race\">\n      <failure type=\"data-race\""));
  EXPECT_TRUE(holds(text, "(and 1 other)"));
  EXPECT_TRUE(holds(text, "thread 2 writes 8 bytes"));
  EXPECT_TRUE(holds(text, "name=\"use-after-free-race\"/>"));
  EXPECT_TRUE(holds(text, "name=\"recording\"/>"));
}

TEST(JunitReport, has_the_same_cases_when_nothing_was_found) {
  const std::string text = junit_of(report_of({{recording("one"), {}}}));
  EXPECT_TRUE(holds(text, "tests=\"3\" failures=\"0\" errors=\"0\""));
  EXPECT_TRUE(holds(text, "name=\"data-race\"/>"));
}

TEST(JunitReport, passes_no_case_on_missing_evidence) {
  const std::string text = junit_of(report_of({{recording("cut", false), {}}}));
  EXPECT_TRUE(holds(text, "failures=\"0\" errors=\"1\" skipped=\"2\"")) << text;
  EXPECT_TRUE(holds(text, "<error type=\"inconclusive\" message=\"The program was killed.\"/>"));
}

TEST(JunitReport, has_no_case_for_what_was_not_looked_for) {
  RecordingSummary limited = recording("one");
  limited.kinds = {"use-after-free-race"};
  const std::string text = junit_of(report_of({{limited, {}}}));
  EXPECT_FALSE(holds(text, "name=\"data-race\"")) << text;
  EXPECT_TRUE(holds(text, "name=\"use-after-free-race\"/>"));
}

TEST(JunitReport, fails_only_the_recordings_that_showed_it) {
  const std::string text = junit_of(report_of({{recording("a"), {race(0)}}, {recording("b"), {}}}));
  EXPECT_TRUE(holds(text, "<testsuite name=\"a.tent\" tests=\"3\" failures=\"1\"")) << text;
  EXPECT_TRUE(holds(text, "<testsuite name=\"b.tent\" tests=\"3\" failures=\"0\""));
}

TEST(JunitReport, counts_no_note) {
  const std::string text = junit_of(report_of({{recording("one"), {note()}}}));
  EXPECT_TRUE(holds(text, "failures=\"0\""));
  EXPECT_TRUE(holds(text, "<system-out>"));
  EXPECT_TRUE(holds(text, "[unlock-by-other-task]"));
}

TEST(JunitReport, keeps_its_elements_whatever_the_names_are) {
  const auto count = [](const std::string& text, char wanted) { return std::ranges::count(text, wanted); };
  const std::string tame = junit_of(report_of({{recording("one"), {race(0)}}}));
  for (unsigned seed = 0; seed < 500; ++seed) {
    std::mt19937 random(seed);
    Finding finding = race(0);
    finding.message = random_hostile_text(random);
    finding.explanation = random_hostile_text(random);
    finding.sides[0].task.name = random_hostile_text(random);
    finding.sides[0].stack[0].function = random_hostile_text(random);
    const std::string text = junit_of(report_of({{recording(random_hostile_text(random)), {finding}}}));
    ASSERT_EQ(count(text, '<'), count(tame, '<')) << "seed " << seed << '\n' << text;
    ASSERT_EQ(count(text, '>'), count(tame, '>')) << "seed " << seed << '\n' << text;
  }
}

}  // namespace
}  // namespace tenter::analysis
