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

// True once `done()` is. False: somebody was stopped in the middle for good.
template <class Done>
bool wait_until(Done done, std::uint64_t patience_ns = 2'000'000'000) {
  constexpr unsigned turns_between_looks = 256;
  std::uint64_t deadline = 0;
  unsigned turns = 0;
  while (!done()) {
    wait_a_little(turns);
    if (turns % turns_between_looks == 0) {
      const std::uint64_t now = sys::clock_ns(CLOCK_MONOTONIC);
      if (deadline == 0) {
        deadline = now + patience_ns;
      } else if (now > deadline) {
        return false;
      }
      sys::sleep_ns(50'000);
    }
  }
  return true;
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
