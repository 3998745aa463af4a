// What every reader's fuzzer does with a recording that was read: all of its steps, in their order, one by one and in stretches.
#pragma once
#include "base/check.h"
#include "base/text.h"
#include "order/sequencer.h"
#include "order/world.h"
#include "read/recording.h"

inline void go_through(const tenter::analysis::Recording& recording) {
  using namespace tenter::analysis;
  StackTable stacks;
  World world;
  Sequencer sequencer(recording, stacks), by_stretches(recording, stacks);
  Stretch stretch;
  Step* behind = nullptr;  // the stretch
  std::span<const PlainAccess> ahead;
  while (Step* step = sequencer.next()) {
    while (ahead.empty() && behind == nullptr) {
      TENTER_CHECK(by_stretches.next(stretch, behind), "in stretches there are as many steps");
      ahead = stretch.accesses;
    }
    if (!ahead.empty()) {
      const PlainAccess& access = ahead.front();
      TENTER_CHECK(access.address == step->event.object && access.size == step->event.value && access.pc == step->event.pc,
                   "a stretch is made of the steps that come one by one");
      ahead = ahead.subspan(1);
    } else {
      TENTER_CHECK(behind->event.op == step->event.op && behind->event.object == step->event.object,
                   "between stretches come the same steps");
      behind = nullptr;
    }
    world.observe(*step);
    if (step->event.op == tenter::trace::Op::access_range) static_cast<void>(world.block_at(step->event.object));
  }
  for (const std::string& sentence : recording.info().damage) static_cast<void>(escape_for_terminal(sentence));
}
