// For the recorder's few slow paths. Taken only while State::inside is set, so a signal handler on the same
// thread never waits for the code that it interrupted.
#pragma once
#include <atomic>

#include "record/sys.h"

namespace tenter::record {

// One turn of waiting for somebody else: politely at first, then giving the processor away.
inline void wait_a_little(unsigned& turns) {
  if (++turns < 64) {
    __builtin_ia32_pause();
  } else {
    sys::yield();
  }
}

class SpinLock {
 public:
  void lock() {
    unsigned turns = 0;
    while (locked_.exchange(true, std::memory_order_acquire)) {  // pairs with unlock()
      wait_a_little(turns);
    }
  }
  void unlock() { locked_.store(false, std::memory_order_release); }
  // In a forked child: the holder does not exist here.
  void reset() { locked_.store(false, std::memory_order_relaxed); }

 private:
  std::atomic<bool> locked_{false};
};

class SpinGuard {
 public:
  explicit SpinGuard(SpinLock& lock) : lock_(lock) { lock_.lock(); }
  ~SpinGuard() { lock_.unlock(); }
  SpinGuard(const SpinGuard&) = delete;
  SpinGuard& operator=(const SpinGuard&) = delete;

 private:
  SpinLock& lock_;
};

}  // namespace tenter::record
