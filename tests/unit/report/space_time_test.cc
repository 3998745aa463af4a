#include "report/space_time.h"

#include <gtest/gtest.h>

#include <sstream>

#include <nlohmann/json.hpp>

#include "report/perfetto_report.h"
#include "report/shiviz_report.h"

namespace tenter::analysis {
namespace {

TaskRef task(std::uint32_t id, const char* kind) { return {id, {}, kind, {}}; }

TimelineEventRef event(std::uint32_t task, std::uint64_t position, const char* op) {
  return {task, position, op, std::string(op) + " it", {"bank.cc", "add", 7, 0}, {}};
}

// The main thread creates thread 2, and both write.
TimelineRef two_writers() {
  TimelineRef timeline;
  timeline.lanes = {task(1, "main"), task(2, "thread")};
  timeline.events = {event(1, 3, "create"), event(2, 5, "start"), event(1, 6, "write"), event(2, 9, "write")};
  timeline.events[2].side = 0;
  timeline.events[3].side = 1;
  timeline.arrows = {{0, 1, "create"}};
  return timeline;
}

Report report_with(TimelineRef timeline) {
  Finding finding;
  finding.kind = "data-race";
  finding.message = "data race on `total`";
  finding.sides = {Side{"write", task(1, "main"), {}, {}, 8}, Side{"write", task(2, "thread"), {}, {}, 8}};
  finding.timeline = std::move(timeline);
  Report report;
  report.findings.push_back(finding);
  return report;
}

nlohmann::json trace_events(const Report& report) {
  std::ostringstream out;
  write_perfetto(report, {}, out);
  return nlohmann::json::parse(out.str())["traceEvents"];
}

TEST(SpaceTime, marks_the_events_that_the_finding_is_about) {
  const std::vector<SpaceTime> scenes = space_times_of(report_with(two_writers()));
  ASSERT_EQ(scenes.size(), 1U);
  const SpaceTime& scene = scenes[0];
  EXPECT_EQ(scene.title, "data race on `total`");
  ASSERT_EQ(scene.lanes.size(), 2U);
  EXPECT_EQ(scene.lanes[1].name, "thread 2");
  ASSERT_EQ(scene.events.size(), 4U);
  EXPECT_EQ(scene.events[1].role, "");
  EXPECT_EQ(scene.events[3].role, "write");
  EXPECT_EQ(scene.events[3].at, "bank.cc:7");
  ASSERT_EQ(scene.arrows.size(), 1U);
  EXPECT_EQ(scene.arrows[0].to, 1U);
}

TEST(SpaceTime, leaves_out_what_makes_no_sense) {
  TimelineRef timeline = two_writers();
  timeline.events.push_back(event(99, 10, "write"));  // of no task
  timeline.events.push_back(event(1, 1, "start"));    // earlier than it stands
  timeline.arrows.push_back({3, 0, "lock"});          // back in time
  timeline.arrows.push_back({0, 700, "lock"});
  timeline.arrows.push_back({4, 5, "lock"});
  timeline.arrows.push_back({2, 2, "lock"});
  timeline.events[2].side = 12;
  const SpaceTime scene = space_times_of(report_with(timeline)).at(0);
  ASSERT_EQ(scene.events.size(), 5U);
  EXPECT_EQ(scene.events[0].op, "start");
  EXPECT_EQ(scene.events[3].role, "");
  ASSERT_EQ(scene.arrows.size(), 1U);
  EXPECT_EQ(scene.arrows[0].from, 1U);
  EXPECT_EQ(scene.arrows[0].to, 2U);
}

TEST(SpaceTime, is_lacking_where_no_finding_has_a_timeline) {
  Report report = report_with(two_writers());
  EXPECT_FALSE(lacks_timelines(report));
  report.findings[0].timeline.reset();
  EXPECT_TRUE(lacks_timelines(report));
  EXPECT_TRUE(space_times_of(report).empty());
  EXPECT_FALSE(lacks_timelines(Report{}));
}

TEST(PerfettoReport, a_wait_lasts_until_its_tasks_next_event) {
  TimelineRef timeline = two_writers();
  timeline.events[1].op = "wait";
  std::vector<std::uint64_t> widths;
  for (const auto& one : trace_events(report_with(timeline)))
    if (one["ph"] == "X") widths.push_back(one["dur"]);
  ASSERT_EQ(widths.size(), 4U);
  EXPECT_EQ(widths[0], widths[2]);
  EXPECT_EQ(widths[1], widths[0] + 10);  // over the write that comes between
}

TEST(PerfettoReport, an_arrow_begins_and_ends_inside_its_events) {
  std::uint64_t begin = 0, end = 0, from = 0, to = 0;
  for (const auto& one : trace_events(report_with(two_writers()))) {
    if (one["ph"] == "s") from = one["ts"];
    if (one["ph"] == "f") to = one["ts"];
    if (one["ph"] == "X" && one["name"] == "create it") begin = one["ts"];
    if (one["ph"] == "X" && one["name"] == "start it") end = one["ts"];
  }
  EXPECT_TRUE(begin < from && from < begin + 8);
  EXPECT_TRUE(end < to && to < end + 8);
}

TEST(ShivizReport, a_clock_counts_what_its_host_knows_of_each) {
  std::ostringstream out;
  write_shiviz(report_with(two_writers()), {}, out);
  EXPECT_EQ(out.str(),
            "(?<host>\\S*) (?<clock>{.*})\\n(?<event>.*)\n"
            "=== (?<trace>.*) ===\n"
            "=== 1: data race on `total` ===\n"
            "main-1 {\"main-1\":1}\ncreate it at bank.cc:7\n"
            "thread-2 {\"main-1\":1, \"thread-2\":1}\nstart it at bank.cc:7\n"
            "main-1 {\"main-1\":2}\nwrite it at bank.cc:7 [data-race]\n"
            "thread-2 {\"main-1\":1, \"thread-2\":2}\nwrite it at bank.cc:7 [data-race]\n");
}

}  // namespace
}  // namespace tenter::analysis
