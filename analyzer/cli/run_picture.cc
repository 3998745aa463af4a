#include "cli/run_picture.h"

#include <sstream>
#include <vector>

#include "base/stack_table.h"
#include "base/text.h"
#include "check/mapped_modules.h"
#include "cli/say.h"
#include "finding/collect.h"
#include "order/sequencer.h"
#include "report/perfetto_report.h"
#include "report/shiviz_report.h"
#include "symbolize/place_names.h"
#include "symbolize/symbolizer.h"
#include "timeline/whole_run.h"

namespace tenter::analysis {
namespace {

// Perfetto's page takes minutes over more. ShiViz draws everything at once, and each of its clocks may name every task.
constexpr std::size_t most_steps_perfetto = 100'000, most_steps_shiviz = 5'000;

}  // namespace

Result<std::string> picture_of(const Recording& recording, const std::string& path, const std::string& format) {
  const bool shiviz = format == "shiviz";
  StackTable stacks;
  Sequencer sequencer(recording, stacks);
  World world;
  HappensBefore order;
  WholeRun whole(shiviz ? most_steps_shiviz : most_steps_perfetto);
  while (Step* step = sequencer.next()) {
    world.observe(*step);
    order.observe(*step);
    whole.observe(*step, order);
  }
  const Timeline run = whole.finish();
  if (run.left_out > 0)
    say(path + ": the first " + group_digits(run.steps.size()) + " of " +
        group_digits(run.steps.size() + run.left_out) + " steps that synchronize are shown, which is as many as " +
        (shiviz ? "ShiViz" : "Perfetto") + " can draw; `tenter check --format " + format +
        "` shows those around each finding");
  const RecordingInfo& info = recording.info();
  if (!info.detector.empty())
    say(path +
        ": it was recorded in mode tsan, which tells of tasks and channels alone; threads, locks and atomics are not shown");

  const std::vector<MappedModule> modules = mapped_modules(info);
  Symbolizer symbols(modules, {.recorded_ns = info.start_time_ns});
  PlaceNames places;
  NameSource& names = modules.empty() ? static_cast<NameSource&>(places) : symbols;
  const std::vector<SpaceTime> scenes = {space_time_of(describe_run(run, world, stacks, names), {}, path)};
  std::ostringstream text;
  if (shiviz) write_shiviz_log(scenes, text);
  else write_trace_events(scenes, text);
  return text.str();
}

}  // namespace tenter::analysis
