// WaitGraph looks at the end of a recording: who waits for whom, for good. A cycle of waits, or a program in
// which every task waits, is a deadlock that this run hit.
#pragma once
#include <vector>

#include "order/world.h"

namespace tenter::analysis {

struct StuckTask {
  TaskId task = no_task;
  Waiting waiting;
  std::vector<TaskId> waits_for;   // who alone could end the wait, as far as known (the lock's holders, the task joined)
};
struct DeadlockCandidate {
  std::vector<StuckTask> tasks;    // a cycle: each waits for the next, the last for the first; or, if !cycle, all that sleep
  bool cycle = false;
  bool whole_program = false;      // every task of the program waits
};

// Call once all steps were observed.
std::vector<DeadlockCandidate> find_deadlocks(const World& world);

}  // namespace tenter::analysis
