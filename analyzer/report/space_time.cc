#include "report/space_time.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "finding/describe.h"

namespace tenter::analysis {
namespace {

std::string place_of(const Location& at) {
  if (at.file.empty()) return at.function;
  return at.line != 0 ? at.file + ':' + std::to_string(at.line) : at.file;
}

}  // namespace

SpaceTime space_time_of(const TimelineRef& timeline, const std::vector<Side>& sides, std::string title) {
  SpaceTime scene;
  scene.title = std::move(title);
  scene.left_out = timeline.left_out;
  std::unordered_map<std::uint32_t, std::size_t> lane_of;
  for (const TaskRef& task : timeline.lanes)
    if (lane_of.try_emplace(task.id, scene.lanes.size()).second)
      scene.lanes.push_back({task.id, call_task(task), task.kind});

  std::vector<std::size_t> order(timeline.events.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair(timeline.events[i].position, i); });
  constexpr std::size_t nowhere = SIZE_MAX;
  std::vector<std::size_t> moved(timeline.events.size(), nowhere);
  for (const std::size_t i : order) {
    const TimelineEventRef& event = timeline.events[i];
    const auto lane = lane_of.find(event.task);
    if (lane == lane_of.end()) continue;
    moved[i] = scene.events.size();
    // Who draws an event needs a word for it.
    const std::string& does = event.does.empty() ? event.op : event.does;
    const bool marked = event.side && *event.side < sides.size();
    scene.events.push_back({lane->second, event.position, does.empty() ? "step" : does, place_of(event.at),
                            event.at.function, event.op, marked ? sides[*event.side].role : std::string()});
  }
  for (const TimelineArrowRef& arrow : timeline.arrows) {
    if (arrow.from >= moved.size() || arrow.to >= moved.size()) continue;
    const std::size_t from = moved[arrow.from], to = moved[arrow.to];
    if (from == nowhere || to == nowhere || from >= to) continue;
    scene.arrows.push_back({from, to, arrow.kind});
  }
  return scene;
}

std::vector<SpaceTime> space_times_of(const Report& report) {
  std::vector<SpaceTime> scenes;
  for (const Finding& finding : report.findings) {
    if (!finding.timeline) continue;
    SpaceTime& scene = scenes.emplace_back(space_time_of(*finding.timeline, finding.sides, finding.message));
    scene.kind = finding.kind;
    scene.fingerprint = finding.fingerprint;
  }
  return scenes;
}

bool lacks_timelines(const Report& report) {
  return !report.findings.empty() &&
         std::ranges::none_of(report.findings, [](const Finding& finding) { return finding.timeline.has_value(); });
}

}  // namespace tenter::analysis
