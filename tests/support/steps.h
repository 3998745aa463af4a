// What a recording says, as plain values that tests can compare.
#pragma once
#include <gtest/gtest.h>

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

inline PlainStep plain(const Stretch& stretch, const PlainAccess& access, const StackTable& stacks) {
  const std::uint8_t flags = access.writes ? trace::AccessFlag::write : std::uint8_t{0};
  return {stretch.task, trace::Op::access_range, flags,    0, access.address,
          access.size,  access.pc,               stacks.frames(access.callers), {}};
}

struct Replay {
  std::vector<PlainStep> steps;
  std::size_t in_stretches = 0;  // of these
  std::size_t stalled_streams = 0;
};

inline Replay replay(const Recording& recording, bool by_stretches) {
  Replay result;
  StackTable stacks;
  Sequencer sequencer(recording, stacks);
  Stretch stretch;
  Step* step = nullptr;
  const auto next = [&] {
    return by_stretches ? sequencer.next(stretch, step) : (step = sequencer.next()) != nullptr;
  };
  while (next()) {
    for (const PlainAccess& access : stretch.accesses) result.steps.push_back(plain(stretch, access, stacks));
    result.in_stretches += stretch.accesses.size();
    if (step != nullptr) result.steps.push_back(plain(*step, stacks));
  }
  result.stalled_streams = sequencer.stalled_streams();
  return result;
}
inline Replay replay(const Recording& recording) {
  const Replay by_stretches = replay(recording, true);
  Replay result = replay(recording, false);
  EXPECT_TRUE(by_stretches.steps == result.steps) << "stretches are the same steps";
  EXPECT_EQ(by_stretches.stalled_streams, result.stalled_streams);
  result.in_stretches = by_stretches.in_stretches;
  return result;
}

}  // namespace tenter::analysis
