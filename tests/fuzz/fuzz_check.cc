// Any recording: every engine must end, within bounds, and whatever it finds must go through the report.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <sstream>

#include "channel/misuse.h"
#include "deadlock/lock_order.h"
#include "deadlock/wait_graph.h"
#include "finding/collect.h"
#include "leak/left_behind.h"
#include "order/sequencer.h"
#include "race/race_detector.h"
#include "read/recording.h"
#include "report/json_report.h"
#include "report/text_report.h"
#include "symbolize/place_names.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tenter::analysis;
  std::vector<std::byte> bytes(size);
  if (size > 0) std::memcpy(bytes.data(), data, size);
  const auto recording = open_recording_bytes("fuzz.tent", std::move(bytes));
  if (!recording) return 0;
  StackTable stacks;
  World world;
  HappensBefore order;
  RaceDetector races(world, order);
  LockOrder lock_order(world, order);
  LeftBehind left_behind(world);
  Misuse misuse(world);
  Sequencer sequencer(**recording, stacks);
  while (Step* step = sequencer.next()) {
    world.observe(*step);
    order.observe(*step);
    races.observe(*step);
    lock_order.observe(*step);
    left_behind.observe(*step);
    misuse.observe(*step);
  }
  Candidates candidates;
  candidates.deadlocks = find_deadlocks(world, misuse.all_asleep());
  candidates.races = races.candidates();
  candidates.lock_cycles = lock_order.candidates();
  LeftOver left_over = left_behind.conclude(candidates.deadlocks, (*recording)->info().complete);
  std::ranges::move(left_over.knots, std::back_inserter(candidates.deadlocks));
  candidates.leaks = std::move(left_over.leaks);
  candidates.misuse = misuse.candidates();
  PlaceNames names;
  RecordingSummary summary;
  summary.path = "fuzz.tent";
  const Report report = join_recordings("0", {summary}, {collect_findings(candidates, world, stacks, names)});
  std::ostringstream text;
  write_json(report, text);
  write_text(report, RenderOptions{}, text);
  return 0;
}
