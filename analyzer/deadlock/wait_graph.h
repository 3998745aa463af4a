// WaitGraph looks at the end of a recording: who waits for whom, for good. A cycle of waits, or a program in
// which every task waits, is a deadlock that this run hit.
#pragma once
#include <map>
#include <optional>
#include <vector>

#include "order/witness.h"
#include "order/world.h"

namespace tenter::analysis {

struct StuckTask {
  TaskId task = no_task;
  Waiting waiting;
  std::vector<TaskId> waits_for;  // who alone could end the wait, as far as known (the lock's holders, the task joined,
                                  // the one that runs the initialization)
  std::vector<HeldLock> held = {};  // in a predicted one: the lock that the task before it waits for
};
struct DeadlockCandidate {
  std::vector<StuckTask>
      tasks;  // a cycle: each waits for the next, the last for the first; or, if !cycle, all that sleep
  bool cycle = false;
  bool whole_program = false;  // every task of the program waits
  std::optional<Witness> witness =
      std::nullopt;  // it is predicted: an order of the steps that runs into it; a judge has agreed
};

// True if nothing but another task of the program can end such a wait of such a task: no clock, no descriptor, no signal handler,
// no other process that may share a futex; and nobody has woken the futex meanwhile.
bool waits_on_the_program(const World& world, const TaskInfo& task);

// The tasks without which the wait cannot end: each alone keeps it going. Empty where nobody in particular is known.
std::vector<TaskId> waits_for(const World& world, const TaskInfo& task);

// Whom each task waits for. The shortest cycle through `first`, as the tasks on it; empty if there is none.
using WaitArcs = std::map<TaskId, std::vector<TaskId>>;
std::vector<TaskId> shortest_cycle(const WaitArcs& arcs, TaskId first);

// Call once all steps were observed. `all_asleep`: the program itself said so (MisuseKind::all_tasks_asleep).
//
// One cycle is given for each knot of tasks that wait for each other; of a program that sleeps as a whole without such a knot, one
// candidate with all its tasks.
std::vector<DeadlockCandidate> find_deadlocks(const World& world, bool all_asleep = false);

}  // namespace tenter::analysis
