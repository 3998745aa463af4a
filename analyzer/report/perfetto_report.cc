#include "report/perfetto_report.h"

#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

#include "base/text.h"

namespace tenter::analysis {
namespace {

using Json = nlohmann::ordered_json;

// In the format's unit, which is the microsecond. An arrow begins and ends inside of its events.
constexpr std::uint64_t step_width = 10, event_width = 8, arrow_begins = 4, arrow_ends = 2;

// Events of one file, one a line.
class Events {
 public:
  explicit Events(std::ostream& out) : out_(out) {}

  void write(const Json& event) {
    out_ << (first_ ? "\n" : ",\n") << event.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
    first_ = false;
  }

 private:
  std::ostream& out_;
  bool first_ = true;
};

class SceneWriter {
 public:
  SceneWriter(Events& events, const SpaceTime& scene, std::uint64_t process, std::uint64_t& next_flow)
      : events_(events), scene_(scene), process_(process), next_flow_(next_flow) {}

  void write() {
    name("process_name", 0, scene_.title);
    for (std::size_t lane = 0; lane < scene_.lanes.size(); ++lane) {
      name("thread_name", track(lane), scene_.lanes[lane].name);
      events_.write({{"ph", "M"},
                     {"name", "thread_sort_index"},
                     {"pid", process_},
                     {"tid", track(lane)},
                     {"args", {{"sort_index", lane}}}});
    }
    const std::vector<std::uint64_t> widths = event_widths();
    for (std::size_t i = 0; i < scene_.events.size(); ++i) event(i, widths[i]);
    for (const SpaceTimeArrow& arrow : scene_.arrows) flow(arrow);
  }

 private:
  // 0 is the idle task's.
  static std::uint64_t track(std::size_t lane) { return lane + 1; }
  static std::uint64_t begin(std::size_t event) { return event * step_width; }

  void name(const char* what, std::uint64_t track, const std::string& text) {
    Json event = {{"ph", "M"}, {"name", what}, {"pid", process_}};
    if (track != 0) event["tid"] = track;
    event["args"] = {{"name", escape_for_terminal(text)}};
    events_.write(event);
  }

  std::vector<std::uint64_t> event_widths() const {
    std::vector<std::uint64_t> widths(scene_.events.size(), event_width);
    std::vector<std::uint64_t> next(scene_.lanes.size(), begin(scene_.events.size()));
    for (std::size_t i = scene_.events.size(); i-- > 0;) {
      const SpaceTimeEvent& event = scene_.events[i];
      if (event.op == "wait") widths[i] = next[event.lane] - begin(i) - (step_width - event_width);
      next[event.lane] = begin(i);
    }
    return widths;
  }

  void event(std::size_t i, std::uint64_t width) {
    const SpaceTimeEvent& event = scene_.events[i];
    Json details = {{"position", event.position}};
    if (!event.at.empty()) details["at"] = escape_for_terminal(event.at);
    if (!event.function.empty()) details["function"] = escape_for_terminal(event.function);
    if (!event.role.empty()) {
      details["finding"] = escape_for_terminal(scene_.kind);
      details["fingerprint"] = escape_for_terminal(scene_.fingerprint);
    }
    // Where colours mean nothing to the reader the name still tells which events the finding is about.
    const std::string does = escape_for_terminal(event.does);
    Json told = {{"ph", "X"},
                 {"name", event.role.empty() ? does : does + " [" + escape_for_terminal(scene_.kind) + ']'},
                 {"cat", event.role.empty() ? "step" : "finding"},
                 {"pid", process_},
                 {"tid", track(event.lane)},
                 {"ts", begin(i)},
                 {"dur", width},
                 {"args", std::move(details)}};
    if (!event.role.empty()) told["cname"] = "terrible";
    events_.write(told);
  }

  void flow(const SpaceTimeArrow& arrow) {
    const std::uint64_t id = next_flow_++;
    const auto end = [&](const char* phase, std::size_t event, std::uint64_t inside) {
      Json told = {
          {"ph", phase},     {"name", escape_for_terminal(arrow.kind)}, {"cat", "happens-before"},    {"id", id},
          {"pid", process_}, {"tid", track(scene_.events[event].lane)}, {"ts", begin(event) + inside}};
      if (*phase == 'f') told["bp"] = "e";  // it ends at the event around it, not at the next one
      events_.write(told);
    };
    end("s", arrow.from, arrow_begins);
    end("f", arrow.to, arrow_ends);
  }

  Events& events_;
  const SpaceTime& scene_;
  std::uint64_t process_;
  std::uint64_t& next_flow_;
};

}  // namespace

void write_trace_events(const std::vector<SpaceTime>& scenes, std::ostream& out) {
  std::uint64_t left_out = 0;
  for (const SpaceTime& scene : scenes) left_out += scene.left_out;
  const Json about = {{"clock", "order of the run: every step is as wide as the next, whatever time it took"},
                      {"steps_left_out", left_out}};
  out << R"({"displayTimeUnit": "ms", "otherData": )" << about.dump() << R"(, "traceEvents": [)";
  Events events(out);
  std::uint64_t next_flow = 1, process = 1;
  for (const SpaceTime& scene : scenes) SceneWriter(events, scene, process++, next_flow).write();
  out << "\n]}\n";
}

void write_perfetto(const Report& report, const RenderOptions&, std::ostream& out) {
  write_trace_events(space_times_of(report), out);
}

}  // namespace tenter::analysis
