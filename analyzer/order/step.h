// A Step is one event at its place in the one sequence that the analyzer works on: consistent with every stream's own
// order and with the recorded order of operations on every synchronization object.
#pragma once
#include <span>

#include "read/event.h"

namespace tenter::analysis {

struct Step {
  TaskId task;  // who did it
  Event event;
  LockSetId held;           // the locks that the task holds when it does it (after an acquire, before a release)
  TaskId thread = no_task;  // whose stream it is in: the thread's own task; no_task where that is not known
  // An access to memory of that thread alone, its stack or its thread-local variables, by a task that the thread runs. World
  // finds it out. Two tasks that do this at one address run on one thread, one after the other, and in a schedule in which
  // they do not, each has another thread's memory.
  bool in_threads_own = false;
  // An allocation that lies where a block was that nobody was seen to free. World finds it out.
  bool freed_unseen = false;
};

// A row of steps of one task that are small plain accesses, with nothing in between: what is said once is true of each.
struct Stretch {
  TaskId task = no_task;
  TaskId thread = no_task;  // as in Step
  LockSetId held = no_locks;
  std::span<PlainAccess> accesses;
};

}  // namespace tenter::analysis
