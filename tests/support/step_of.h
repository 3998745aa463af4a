// Steps that a test makes up.
#pragma once
#include <cstdint>

#include "order/step.h"

namespace tenter::analysis {

inline Step step_of(TaskId task, trace::Op op, std::uint64_t object, std::uint64_t value = 0, std::uint8_t flags = 0,
                    std::uint8_t arg = 0, std::uint64_t pc = 0) {
  Step step{task, {}, no_locks};
  step.event.op = op;
  step.event.object = object;
  step.event.value = value;
  step.event.flags = flags;
  step.event.arg = arg;
  step.event.pc = pc;
  return step;
}

inline Step write_of(TaskId task, std::uint64_t address) {
  return step_of(task, trace::Op::access_range, address, 4, trace::AccessFlag::write);
}

}  // namespace tenter::analysis
