// A Step is one event at its place in the one sequence that the analyzer works on: consistent with every stream's own
// order and with the recorded order of operations on every synchronization object.
#pragma once
#include "read/event.h"

namespace tenter::analysis {

struct Step {
  TaskId task;  // who did it
  Event event;
  LockSetId held;  // the locks that the task holds when it does it (after an acquire, before a release)
};

}  // namespace tenter::analysis
