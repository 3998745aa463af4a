// From a run to those of its cycles of locks that an order of its steps runs into: a table, the engine, one more look, and the judge.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "check/last_look.h"
#include "deadlock/lock_order.h"

namespace tenter::analysis {

struct DeadlockPrediction {
  std::uint64_t deadlocks = 0;  // abstract patterns of which the engine predicts a deadlock
  std::vector<std::string> notes;
};

// Gives the cycles of `cycles`, which the order of locks alone suggests, their witnesses where there are any, and adds those of other
// locks.
DeadlockPrediction predict_lock_deadlocks(const Recording& recording, StackTable& stacks, RunTable& run,
                                          std::uint64_t most_work, std::vector<LockCycleCandidate>& cycles);

}  // namespace tenter::analysis
