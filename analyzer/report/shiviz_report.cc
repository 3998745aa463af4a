#include "report/shiviz_report.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>

#include "report/escape.h"

namespace tenter::analysis {
namespace {

// How many events of each lane are known, lanes of which nothing is known left out.
using Clock = std::map<std::size_t, std::uint64_t>;

// What an event knows is what its lane knew, and what the beginnings of its arrows did (Mattern 1989).
void write_scene(const SpaceTime& scene, std::ostream& out) {
  std::vector<std::string> hosts;
  for (const SpaceTimeLane& lane : scene.lanes)
    hosts.push_back(escape_for_shiviz_host(lane.kind) + '-' + std::to_string(lane.task));
  std::vector<std::vector<std::size_t>> into(scene.events.size());
  std::vector<std::size_t> arrows_from(scene.events.size());
  for (const SpaceTimeArrow& arrow : scene.arrows) {
    into[arrow.to].push_back(arrow.from);
    ++arrows_from[arrow.from];
  }
  std::vector<Clock> lanes(scene.lanes.size()), sent(scene.events.size());
  for (std::size_t i = 0; i < scene.events.size(); ++i) {
    const SpaceTimeEvent& event = scene.events[i];
    Clock& clock = lanes[event.lane];
    for (const std::size_t from : into[i]) {
      for (const auto& [lane, count] : sent[from]) clock[lane] = std::max(clock[lane], count);
      // Nobody will ask again.
      if (--arrows_from[from] == 0) sent[from].clear();
    }
    ++clock[event.lane];
    if (arrows_from[i] > 0) sent[i] = clock;
    out << hosts[event.lane] << " {";
    const char* between = "";
    for (const auto& [lane, count] : clock) {
      out << between << '"' << hosts[lane] << "\":" << count;
      between = ", ";
    }
    out << "}\n" << escape_for_shiviz_event(event.does);
    if (!event.at.empty()) out << " at " << escape_for_shiviz_event(event.at);
    if (!event.role.empty()) out << " [" << escape_for_shiviz_event(scene.kind) << ']';
    out << '\n';
  }
}

}  // namespace

void write_shiviz_log(const std::vector<SpaceTime>& scenes, std::ostream& out) {
  out << "(?<host>\\S*) (?<clock>{.*})\\n(?<event>.*)\n=== (?<trace>.*) ===\n";
  std::size_t number = 0;
  for (const SpaceTime& scene : scenes) {
    ++number;
    if (scene.events.empty()) continue;
    // Two findings may have the same words, and executions go by theirs.
    out << "=== " << number << ": " << escape_for_shiviz_event(scene.title) << " ===\n";
    write_scene(scene, out);
  }
}

void write_shiviz(const Report& report, const RenderOptions&, std::ostream& out) {
  write_shiviz_log(space_times_of(report), out);
}

}  // namespace tenter::analysis
