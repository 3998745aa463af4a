// OpenMP as gcc compiles it: calls of libgomp, whose threads wait for each other in ways that nobody but libgomp sees. What
// these calls order is told as acquires and releases on labels. A label is an address and nothing more.
#pragma once
#include "hooks/interpose.h"
#include "hooks/library_function.h"

namespace tenter::hooks {

// One run of a parallel region. Lives in the frame of the hook that the region was begun with, to whose end all
// threads and tasks of the team are done.
struct OpenMpTeam {
  void (*body)(void*);
  void* data;
  record::Pc pc;
  char begin;        // released by who begins the region, acquired by each thread of the team
  char end;          // released by each thread and task at its end, acquired behind the region
  char tasks;        // released by each task at its end, acquired behind each barrier
  char ordered;      // from each `ordered` block to the next
  char barriers[2];  // in turn, so that who is late at one barrier takes nothing from who was early at the next
};

// Where the calling thread stands in OpenMP's terms. A thread that runs a task stands in the task meanwhile.
struct OpenMpPlace {
  OpenMpTeam* team;          // null: outside of parallel regions
  unsigned barriers_passed;  // in this region
  const void* task;          // label: released by the tasks that this one created, acquired by its taskwait
  const void* group;         // label: the same of the innermost taskgroup and all that descends from it; null: none
};
OpenMpPlace& openmp_place();

inline void openmp_release(const void* label, record::Pc pc) { record::sync(trace::Op::release, 0, 0, label, pc); }
inline void openmp_acquire(const void* label, record::Pc pc) { record::sync(trace::Op::acquire, 0, 0, label, pc); }

}  // namespace tenter::hooks

// The head of a hook of a function of libgomp; its body follows, in which NEXT(function) is libgomp's own.
#define TENTER_OPENMP(result, function, parameters)                              \
  TENTER_HOOK result hook_##function parameters __asm__(#function);              \
  TENTER_LIBRARY_FUNCTION(next_##function, decltype(hook_##function), #function) \
  result hook_##function parameters
#define NEXT(function) (next_##function.get(hook_##function))
