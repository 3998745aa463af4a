#include "report/text_report.h"

#include <gtest/gtest.h>

#include <sstream>

#include "made_up_report.h"

namespace tenter::analysis {
namespace {

std::string text_of_report(const Report& report, RenderOptions style = {}) {
  std::ostringstream out;
  write_text(report, style, out);
  return out.str();
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(TextReport, starts_as_compilers_do) {
  const std::string text = text_of_report(report_of({{recording("one"), {race(0)}}}));
  EXPECT_TRUE(text.starts_with("/src/bank.cc:10:3: error: data race on `total`")) << text;
  EXPECT_TRUE(holds(text, "[data-race]\n"));
  EXPECT_TRUE(holds(text, "thread 2 writes 8 bytes\n    #0 add()  /src/bank.cc:10:3\n    #1 work()"));
  EXPECT_TRUE(holds(text, "the main thread reads 8 bytes"));
  EXPECT_TRUE(holds(text, "thread 2 was created at\n    #0 main"));
  EXPECT_TRUE(holds(text, "`tenter explain data-race`"));
  EXPECT_TRUE(holds(text, "1 finding: 1 data-race.\n"));
}

TEST(TextReport, says_paths_from_where_the_reader_is) {
  RenderOptions style;
  style.folder = "/src";
  EXPECT_TRUE(text_of_report(report_of({{recording("one"), {race(0)}}}), style).starts_with("bank.cc:10:3: error:"));
  style.folder = "/sr";
  EXPECT_TRUE(
      text_of_report(report_of({{recording("one"), {race(0)}}}), style).starts_with("/src/bank.cc:10:3: error:"));
}

TEST(TextReport, shortens_names_that_fill_a_screen) {
  Finding asio = race(0);
  asio.sides[0].stack[0].function =
      "void boost::bind<" + std::string(2000, 'x') + ">::operator()(" + std::string(2000, 'y') + ")";
  const std::string text = text_of_report(report_of({{recording("one"), {asio}}}));
  EXPECT_TRUE(holds(text, "#0 void boost::bind<...>::operator()(...)  /src")) << text;
}

TEST(TextReport, lets_no_control_character_through) {
  Finding hostile = race(0);
  hostile.message = "\x1b]52;c;x\x07";
  hostile.explanation = "right to left \xe2\x80\xae and \x9b";
  hostile.sides[0].task.name = "a\nb";
  hostile.sides[0].stack[0].function = "f\x1b[2J";
  hostile.locations[0].file = "x\x1b.cc";
  RecordingSummary summary = recording("one");
  summary.notes = {"\x1b[31m"};
  summary.end = "\x1b";
  const std::string text = text_of_report(report_of({{summary, {hostile}}}));
  EXPECT_EQ(text.find_first_of("\x1b\x07\x9b"), std::string::npos);
  EXPECT_FALSE(holds(text, "\xe2\x80\xae"));
  EXPECT_TRUE(holds(text, "<U+202E>"));
  EXPECT_TRUE(holds(text, "a\\x0Ab"));
}

TEST(TextReport, gives_the_verdict_that_the_evidence_bears) {
  EXPECT_TRUE(holds(text_of_report(report_of({{recording("one"), {}}})), "No findings.\n"));
  EXPECT_TRUE(holds(text_of_report(report_of({{recording("one", false), {}}})), "nothing is proven"));
  EXPECT_TRUE(holds(text_of_report(report_of({{recording("one"), {note()}}})),
                    "No errors or warnings, but 1 note: 1 unlock-by-other-task.\n"));
  EXPECT_TRUE(holds(text_of_report(report_of({{recording("one"), {note(), race(0), race(1)}}})),
                    "3 findings: 2 data-race, 1 unlock-by-other-task.\n"));
  RecordingSummary quiet = recording("one");
  quiet.suppressed = 2;
  EXPECT_TRUE(holds(text_of_report(report_of({{quiet, {}}})), "No findings (2 findings suppressed).\n"));
}

TEST(TextReport, counts_correctly_in_words) {
  RecordingSummary one = recording("one");
  one.events = one.threads = one.tasks = 1;
  EXPECT_TRUE(holds(text_of_report(report_of({{one, {}}})), "1 event, 1 thread, 1 task, exited 0\n"));
  one.events = 1000;
  one.tasks = 2;
  one.end = "unknown";
  EXPECT_TRUE(holds(text_of_report(report_of({{one, {}}})), "1,000 events, 1 thread, 2 tasks\n"));
}

TEST(TextReport, colours_only_when_told_to) {
  RenderOptions colored;
  colored.color = true;
  EXPECT_TRUE(holds(text_of_report(report_of({{recording("one"), {race(0)}}}), colored), "\x1b[1;31merror:\x1b[0m"));
  EXPECT_FALSE(holds(text_of_report(report_of({{recording("one"), {race(0)}}})), "\x1b"));
}

TEST(TextReport, bounds_what_it_shows) {
  Finding deep = race(0);
  deep.sides[0].stack.assign(250, frame_at("recursion()", 7));
  Finding many = race(1);
  many.cycle.assign(50, WaitRef{{3, "", "task", {}}, "mutex `m`", {frame_at("f()", 1)}, "", {}});
  const std::string text = text_of_report(report_of({{recording("one"), {deep, many}}}));
  EXPECT_TRUE(holds(text, "... 226 more\n"));
  EXPECT_TRUE(holds(text, "... and 34 more\n"));
}

}  // namespace
}  // namespace tenter::analysis
