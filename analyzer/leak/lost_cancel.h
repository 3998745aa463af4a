// Contexts that somebody waits for although their cancel functions are gone: neither one of their own nor one of those that
// they were derived from is left, nor a deadline. Or only the task that waits has one, and it does not get to it.
//
//   find_lost_cancels(world, deadlocks, left_behind.candidates(deadlocks, complete));
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "deadlock/wait_graph.h"
#include "leak/left_behind.h"

namespace tenter::analysis {

struct LostCancelCandidate {
  std::uint64_t context = 0;      // the channel of its done()
  bool held_by_waiter = false;    // a cancel function is left, and `task` has it
  std::optional<HandleEnd> last;  // of its cancel functions; without one, `held_by_waiter`
  TaskId task = no_task;          // who waits for it, alone or among others
  Waiting waiting;
};

// Once for each context, with the first of the tasks that were found to wait for good. Call once all steps were observed.
std::vector<LostCancelCandidate> find_lost_cancels(const World& world, const std::vector<DeadlockCandidate>& deadlocks,
                                                   const std::vector<LeakCandidate>& leaks);

}  // namespace tenter::analysis
