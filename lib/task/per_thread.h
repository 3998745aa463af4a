// A variable of which each thread has its own, for code in whose middle a task may come to another thread: no function may
// keep the variable's address, or it goes on with the one of the thread that was left.
//
//   using RecentTime = PerThread<struct RecentTimeTag, std::int64_t>;
//   RecentTime::set(now_ns());
//
// On x86-64 nobody computes an address: the variable is reached by way of the segment register. Elsewhere, and where
// ThreadSanitizer wants to be told the address, the access hides in a call.
#pragma once
#include "task/sanitizer_fibers.h"

#if defined(__x86_64__) && !defined(TENTER_TSAN_FIBERS)
#define TENTER_THREAD_ACCESS [[gnu::always_inline]]
#else
#define TENTER_THREAD_ACCESS [[gnu::noinline]]
#endif

namespace tenter::detail {

template <class Tag, class T>
class PerThread {
 public:
  TENTER_THREAD_ACCESS static T get() {
    asm volatile("");  // or the compiler would know that the answer is the same as before
    return value_;
  }
  TENTER_THREAD_ACCESS static void set(T value) {
    asm volatile("");
    value_ = value;
  }
  TENTER_THREAD_ACCESS static T decrement(T by = 1) {
    asm volatile("");
    return value_ -= by;
  }

 private:
  static inline constinit thread_local T value_ __attribute__((tls_model("initial-exec"))) = {};
};

}  // namespace tenter::detail
