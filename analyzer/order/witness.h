// The schedule that goes with a prediction, in turns.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "order/site.h"
#include "order/step.h"

namespace tenter::analysis {

// One turn of a schedule: a task goes on for so many steps that others may depend on, and this is the last of them.
struct Turn {
  TaskId task = no_task;
  std::uint64_t steps = 0;
  trace::Op op{};
  std::uint8_t flags = 0;
  std::uint64_t object = 0;
  Site where;
};

// An order of the steps of the run after which what is predicted can be next. A judge has agreed.
struct Witness {
  std::string analysis;  // whose it is
  std::uint64_t steps = 0;
  std::uint64_t earlier_turns = 0;  // that are not kept
  std::vector<Turn> turns;
};

}  // namespace tenter::analysis
