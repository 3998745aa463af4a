// Tasks and threads that were left behind: they neither ended nor can, or nobody ever joined them.
//
//   LeftBehind left(world);
//   for each step: world.observe(step); left.observe(step);
//   const LeftOver over = left.conclude(find_deadlocks(world), recording.info().complete);
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "deadlock/wait_graph.h"
#include "leak/helpers.h"
#include "leak/reason.h"
#include "order/witness.h"
#include "order/world.h"

namespace tenter::analysis {

struct LeakCandidate {
  TaskId task = no_task;
  bool thread = false;  // a thread that ended or not but was never joined nor detached
  LeakReason reason{};
  bool proven = false;                // nobody live can ever unblock it
  Waiting waiting;                    // meaningless for still_running and for threads that ended
  std::vector<TaskId> could_unblock;  // live tasks that used the object's other end
  // Where the last handle ended that could have been used to end the wait, if none is left but those on stacks of tasks
  // that are stuck themselves.
  std::optional<HandleEnd> last_handle;
  std::optional<Witness> witness =
      std::nullopt;  // it is predicted: an order of the steps that ends so; a judge has agreed
};

struct LeftOver {
  // Cycles of tasks of which each can be woken by none but tasks that are stuck themselves, and in which somebody waits for
  // what another holds (a lock, an initialization, its own end), or each waits for what the next was seen to do before: a
  // sender that holds the lock which the only receiver wants.
  std::vector<DeadlockCandidate> knots;
  std::vector<LeakCandidate> leaks;
};

// Tasks that are part of a deadlock or a knot are left to it.
//
// A wait that something outside of the program may end, such as a signal, is no leak, nor is one that somebody has ended
// already, without the waiting task having run since: the value was handed over, the channel closed, the lock free, the count
// zero. `proven` means that no live task that is not stuck itself could end the wait. Of a channel all of whose handles are
// known those tasks could that may reach one of them: a handle on a stack is reached by the task whose stack it is and by
// those that descend from it, which may have got a reference; any other by everybody. Of anything else those could that have
// ever touched the object.
// When the program has ended cleanly main is not live any more. Tasks still running are named only while they are
// inside a call of the library or have yet to make their first: any other may be past its last. A task that was created and had
// not run yet is no leak.
class LeftBehind {
 public:
  explicit LeftBehind(const World& world) : world_(world), who_(world) {}
  void observe(const Step& step) {
    if (step.event.op != trace::Op::access_range) who_.observe(step);  // most steps are plain accesses
  }
  // Once all steps were observed. `complete`: the recording has its clean end. Of any other, tasks may just have been on their way,
  // and there is nothing to say unless the whole program sleeps.
  LeftOver conclude(const std::vector<DeadlockCandidate>& deadlocks, bool complete) const;

 private:
  const World& world_;
  WhoHelps who_;
};

}  // namespace tenter::analysis
