// The kernel's wait-on-a-word, and a lock made of it. The library uses no pthread mutex of its own: a recorder would see
// those, and they would order what the program itself does not order.
#pragma once
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <ctime>

namespace tenter::detail {

// Past libc, where a recorder would take the library's own waits for the program's.
inline void futex(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value, const timespec* until) {
#if defined(__x86_64__)
  long result = SYS_futex;
  register const timespec* r10 asm("r10") = until;
  register const void* r8 asm("r8") = nullptr;
  register std::uint64_t r9 asm("r9") = FUTEX_BITSET_MATCH_ANY;
  asm volatile("syscall"
               : "+a"(result)
               : "D"(&word), "S"(operation), "d"(value), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
#else
  syscall(SYS_futex, &word, operation, value, until, nullptr, FUTEX_BITSET_MATCH_ANY);
#endif
}

inline std::int64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// Only a program that is built with ThreadSanitizer has it.
extern "C" __attribute__((weak)) void __tsan_init();

// Waits while `word` holds `expected`, until `deadline_ns` of the monotonic clock (negative: for ever). Wakes up
// without a reason, too: call it in a loop.
inline void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected, std::int64_t deadline_ns = -1) {
  const auto wait = [&](std::int64_t until_ns) {
    const timespec until{until_ns / 1'000'000'000, until_ns % 1'000'000'000};
    futex(word, FUTEX_WAIT_BITSET_PRIVATE, expected, until_ns >= 0 ? &until : nullptr);
  };
  if (__tsan_init == nullptr) [[likely]] {
    wait(deadline_ns);
    return;
  }
  // ThreadSanitizer keeps a signal that comes outside of libc's waits for the thread's next call to libc that it knows. Who sleeps
  // here makes none, and the signal's handler would never run.
  constexpr std::int64_t patience_ns = 50'000'000;
  const std::int64_t look_up_ns = now_ns() + patience_ns;
  wait(deadline_ns >= 0 ? std::min(deadline_ns, look_up_ns) : look_up_ns);
  pthread_sigmask(SIG_BLOCK, nullptr, nullptr);
}

// Only the address matters here: the word itself may be gone by now.
inline void futex_wake(std::atomic<std::uint32_t>& word, int count = 1) {
  futex(word, FUTEX_WAKE_PRIVATE, static_cast<std::uint32_t>(count), nullptr);
}

inline void cpu_relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// A small lock for short sections. unlock() touches the lock with one exchange and never again, so whoever locks it
// next may destroy it at once; the channels rely on that.
class FutexLock {
 public:
  void lock() {
    if (!try_lock()) { lock_slowly(); }
  }
  bool try_lock() {
    std::uint32_t expected = free_;
    return word_.compare_exchange_strong(expected, held_, std::memory_order_acquire, std::memory_order_relaxed);
  }
  void unlock() {
    if (word_.exchange(free_, std::memory_order_release) == contended_) { futex_wake(word_); }
  }

 private:
  void lock_slowly();

  static constexpr std::uint32_t free_ = 0;
  static constexpr std::uint32_t held_ = 1;
  static constexpr std::uint32_t contended_ = 2;  // held, and somebody may sleep on it
  std::atomic<std::uint32_t> word_{free_};
};

class FutexGuard {
 public:
  explicit FutexGuard(FutexLock& lock) : lock_(lock) { lock_.lock(); }
  ~FutexGuard() { lock_.unlock(); }
  FutexGuard(const FutexGuard&) = delete;
  FutexGuard& operator=(const FutexGuard&) = delete;

 private:
  FutexLock& lock_;
};

}  // namespace tenter::detail
