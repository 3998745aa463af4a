// Two workers whose tasks use the same few channels all the time get in each other's way. The cache line of a channel takes
// longer to come over from another processor than the operation on it takes, so tasks that do little beside passing values on
// are faster on one worker than on two. A worker that stands before held locks for half of its time withdraws for a while and
// leaves its tasks to the others; that time lost no more than it won. See Worker::lose() and Scheduler::withdraw_locked().
#pragma once
#include "task/futex.h"

namespace tenter::detail {

// A lock before which workers count the time that they wait. Where it is locked as the FutexLock that it is, nobody counts.
class CountedLock : public FutexLock {
 public:
  [[gnu::always_inline]] void lock() {
    if (!try_lock()) [[unlikely]] { lock_held(); }
  }

 private:
  void lock_held();
};

}  // namespace tenter::detail
