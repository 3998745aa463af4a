// What every reader's fuzzer does with a recording that was read: all of its steps, in their order.
#pragma once
#include "base/text.h"
#include "order/sequencer.h"
#include "order/world.h"
#include "read/recording.h"

inline void go_through(const tenter::analysis::Recording& recording) {
  using namespace tenter::analysis;
  StackTable stacks;
  World world;
  Sequencer sequencer(recording, stacks);
  while (Step* step = sequencer.next()) {
    world.observe(*step);
    if (step->event.op == tenter::trace::Op::access_range) static_cast<void>(world.block_at(step->event.object));
  }
  for (const std::string& sentence : recording.info().damage) static_cast<void>(escape_for_terminal(sentence));
}
