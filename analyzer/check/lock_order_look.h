// One more look at a run in which tasks took locks in different orders: who of them can have met.
#pragma once
#include <vector>

#include "base/stack_table.h"
#include "deadlock/lock_order.h"
#include "read/recording.h"

namespace tenter::analysis {

struct LockCycles {
  std::vector<LockCycleCandidate> found;
  bool exhausted = false;  // the search was given up before its end
};
LockCycles look_for_lock_cycles(const Recording& recording, StackTable& stacks);

}  // namespace tenter::analysis
