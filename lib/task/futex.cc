#include "task/futex.h"

#include "task/backoff.h"

namespace tenter::detail {

void FutexLock::lock_slowly() {
  // Sections are tens of nanoseconds long, so the holder is usually gone before a system call would have begun.
  for (Backoff backoff; backoff.pause();) {
    std::uint32_t expected = free_;
    if (word_.load(std::memory_order_relaxed) == free_ &&
        word_.compare_exchange_weak(expected, held_, std::memory_order_acquire, std::memory_order_relaxed)) {
      return;
    }
  }
  while (word_.exchange(contended_, std::memory_order_acquire) != free_) { futex_wait(word_, contended_); }
}

}  // namespace tenter::detail
