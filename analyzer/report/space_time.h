// What other programs draw as a space-time diagram: a lane a task, events in the order of the run, arrows from what happens
// before to where it was learned. Made of the timelines of a report, or of the timeline of a whole run. A report may come
// from anywhere, so what makes no sense in a timeline (an arrow back in time, an event of no task) is left out here.
//
//   for (const SpaceTime& scene : space_times_of(report)) draw(scene);
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "report/report.h"

namespace tenter::analysis {

struct SpaceTimeLane {
  std::uint32_t task = 0;
  std::string name;  // "thread 2 `printer`", as it was recorded
  std::string kind;  // main, thread, task
};
struct SpaceTimeEvent {
  std::size_t lane = 0;
  std::uint64_t position = 0;  // among all steps of the run
  std::string does;            // "lock mutex `m`"
  std::string at;              // "bank.cc:42"; empty where it is not known
  std::string function, op;
  std::string role;  // of the side that it is: "write"; empty: none
};
struct SpaceTimeArrow {
  std::size_t from = 0, to = 0;  // events; from < to
  std::string kind;
};
struct SpaceTime {
  std::string title, kind, fingerprint;  // of the finding; of a whole run the title alone
  std::vector<SpaceTimeLane> lanes;
  std::vector<SpaceTimeEvent> events;  // by position
  std::vector<SpaceTimeArrow> arrows;
  std::uint64_t left_out = 0;  // synchronization of these tasks that is not shown
};

// `sides` are those of its finding; a whole run has none.
SpaceTime space_time_of(const TimelineRef& timeline, const std::vector<Side>& sides, std::string title);
// One for each finding that has a timeline, in the report's order.
std::vector<SpaceTime> space_times_of(const Report& report);
// Whether there are findings, and none of them has one.
bool lacks_timelines(const Report& report);

}  // namespace tenter::analysis
