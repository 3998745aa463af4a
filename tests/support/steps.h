// What a recording says, as plain values that tests can compare.
#pragma once
#include <string>
#include <vector>

#include "base/stack_table.h"
#include "order/sequencer.h"
#include "read/recording.h"

namespace tenter::analysis {

// A step without what depends on the table of stacks or on memory that is gone by now.
struct PlainStep {
  TaskId task{};
  trace::Op op{};
  std::uint8_t flags = 0, arg = 0;
  std::uint64_t object = 0, value = 0, pc = 0;
  std::vector<std::uint64_t> callers;
  std::string text;
  bool operator==(const PlainStep&) const = default;
};

inline PlainStep plain(const Step& step, const StackTable& stacks) {
  const Event& event = step.event;
  return {step.task,  event.op,    event.flags, event.arg, event.object,
          event.value, event.pc, stacks.frames(event.callers),
          event.op == trace::Op::name ? std::string(event.text) : std::string()};
}

struct Replay {
  std::vector<PlainStep> steps;
  std::size_t stalled_streams = 0;
};

inline Replay replay(const Recording& recording) {
  Replay result;
  StackTable stacks;
  Sequencer sequencer(recording, stacks);
  while (const Step* step = sequencer.next()) result.steps.push_back(plain(*step, stacks));
  result.stalled_streams = sequencer.stalled_streams();
  return result;
}

}  // namespace tenter::analysis
