// Says of a run, while it is read, whether somebody held a lock while he did what can wait for others, and others took that lock, too,
// or whether a signal ended a wait: else there is no mixed deadlock (mixed_deadlocks.h) and no lost signal (lost_signals.h) to be looked
// for, and no need to keep the run in memory.
#pragma once
#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "order/lock_sets.h"
#include "order/step.h"

namespace tenter::analysis {

// Of any sequence of steps. One object is for one thread. Memory: an entry for each lock.
class WaitsUnderLocks {
 public:
  void observe(const Step& step, const LockSets& locks) {
    if (step.event.op == trace::Op::lock_acquire) taken_by(step.event.object, step.task);
    is_woken_ = is_woken_ || step.event.op == trace::Op::cond_wake;
    if (step.held != no_locks && can_wait(step.event) && seen_.insert(index(step.held)).second)
      for (const LockSets::Lock& lock : locks.locks(step.held)) under_.insert(lock.first);
  }
  bool signals_end_waits() const { return is_woken_; }
  bool any() const {
    return std::ranges::any_of(under_, [&](std::uint64_t lock) {
      const auto at = takers_.find(lock);
      return at != takers_.end() && at->second.are_several;
    });
  }

 private:
  struct Takers {
    TaskId first = no_task;
    bool are_several = false;
  };
  static bool can_wait(const Event& event) {
    switch (event.op) {
      case trace::Op::chan_send:
      case trace::Op::chan_recv:
      case trace::Op::chan_done:
      case trace::Op::wg_pass:
      case trace::Op::task_join:
      case trace::Op::cond_wake: return true;
      default: return false;
    }
  }
  void taken_by(std::uint64_t lock, TaskId task) {
    Takers& takers = takers_.try_emplace(lock, Takers{task, false}).first->second;
    takers.are_several = takers.are_several || takers.first != task;
  }

  std::unordered_map<std::uint64_t, Takers> takers_;  // by lock
  std::unordered_set<std::uint64_t> under_;           // locks under which somebody did
  std::unordered_set<std::uint32_t> seen_;            // sets of locks
  bool is_woken_ = false;
};

}  // namespace tenter::analysis
