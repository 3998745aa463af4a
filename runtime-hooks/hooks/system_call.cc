// syscall(2), for the one kind of system call that programs make through it in order to wait: futexes. libstdc++'s
// atomic waits, semaphores and latches do. What orders the two sides is the atomics around it; told
// here is only that the thread waits, and on what.
#include <linux/futex.h>
#include <sys/syscall.h>

#include <cstdarg>

#include "hooks/interpose.h"

namespace tenter::hooks {
namespace {

// A call that waits on a futex: which one (of several the first), and whether for ever.
struct FutexWait {
  const void* futex;  // null: the call is another one
  bool until;
};

FutexWait futex_wait(long number, long a, long b, long d) {
  if (number == SYS_futex_waitv) {  // a: the futexes, b: how many, d: until when
    const auto* futexes = reinterpret_cast<const futex_waitv*>(a);
    return {b > 0 && futexes != nullptr ? reinterpret_cast<const void*>(futexes->uaddr) : nullptr, d != 0};
  }
  if (number != SYS_futex) { return {nullptr, false}; }
  switch (b & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
    case FUTEX_WAIT_REQUEUE_PI:
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2: return {reinterpret_cast<const void*>(a), d != 0};
    default: return {nullptr, false};
  }
}

}  // namespace

TENTER_INTERPOSE(long, syscall, (long number, ...)) {
  std::va_list rest;
  va_start(rest, number);
  const long a = va_arg(rest, long), b = va_arg(rest, long), c = va_arg(rest, long);
  const long d = va_arg(rest, long), e = va_arg(rest, long), f = va_arg(rest, long);
  va_end(rest);
  const FutexWait wait = futex_wait(number, a, b, d);
  if (wait.futex == nullptr || !record::active()) { return REAL(syscall)(number, a, b, c, d, e, f); }
  const Waiting waiting(wait.until ? trace::WaitKind::timed : trace::WaitKind::futex, wait.futex, TENTER_CALLER_PC());
  return REAL(syscall)(number, a, b, c, d, e, f);
}

}  // namespace tenter::hooks
