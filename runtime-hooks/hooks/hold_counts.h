// How often this thread holds a lock already, where the lock itself does not say. Lives in thread-local memory of zeros.
#pragma once

namespace tenter::hooks {

// A thread that holds more of such locks at once than fit has the rest told as held for the first time.
class HoldCounts {
 public:
  // One hold more. How many there were before.
  unsigned lock(const void* lock, unsigned holds = 1) {
    Hold* room = nullptr;
    for (Hold& hold : holds_) {
      if (hold.lock == lock) {
        const unsigned before = hold.depth;
        hold.depth += holds;
        return before;
      }
      if (hold.lock == nullptr && room == nullptr) { room = &hold; }
    }
    if (room != nullptr) { *room = {lock, holds}; }
    return 0;
  }
  // One hold less. How many are left.
  unsigned unlock(const void* lock) {
    for (Hold& hold : holds_) {
      if (hold.lock == lock) {
        if (--hold.depth == 0) { hold.lock = nullptr; }
        return hold.depth;
      }
    }
    return 0;
  }

 private:
  struct Hold {
    const void* lock;
    unsigned depth;
  };
  static constexpr unsigned max_holds = 16;
  Hold holds_[max_holds];
};

}  // namespace tenter::hooks
