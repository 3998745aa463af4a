// syscall(2), for the one kind of system call that programs make through it in order to wait: futexes. libstdc++'s
// atomic waits, semaphores, latches and futures do. What orders the two sides is the atomics around it; told
// here is only that the thread waits, on what, and that it was woken.
#include <linux/futex.h>
#include <sys/syscall.h>

#include <cstdarg>

#include "hooks/interpose.h"

namespace tenter::hooks {
namespace {

using trace::WaitKind;

// A call that waits on a futex: which one (of several the first), and what can end the wait.
struct FutexWait {
  const void* futex;  // null: the call is another one
  WaitKind kind;
};

WaitKind kind_of(bool until, bool is_private) {
  return until ? WaitKind::timed : is_private ? WaitKind::private_futex : WaitKind::futex;
}

FutexWait futex_wait(long number, long a, long b, long d) {
  if (number == SYS_futex_waitv) {  // a: the futexes, b: how many, d: until when
    const auto* futexes = reinterpret_cast<const futex_waitv*>(a);
    bool all_private = true;
    for (long i = 0; futexes != nullptr && i < b; ++i) {
      all_private = all_private && (futexes[i].flags & FUTEX_PRIVATE_FLAG) != 0;
    }
    return {b > 0 && futexes != nullptr ? reinterpret_cast<const void*>(futexes->uaddr) : nullptr,
            kind_of(d != 0, all_private)};
  }
  if (number != SYS_futex) { return {nullptr, {}}; }
  switch (b & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
    case FUTEX_WAIT_REQUEUE_PI:
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2: return {reinterpret_cast<const void*>(a), kind_of(d != 0, (b & FUTEX_PRIVATE_FLAG) != 0)};
    default: return {nullptr, {}};
  }
}

// How many waiters of its first futex a call has woken that gave `result`. Waiters that were moved to another futex count, too:
// they are not known there.
long woken_by(long operation, long result) {
  switch (operation & FUTEX_CMD_MASK) {
    case FUTEX_WAKE:
    case FUTEX_WAKE_BITSET:
    case FUTEX_WAKE_OP:
    case FUTEX_REQUEUE:
    case FUTEX_CMP_REQUEUE:
    case FUTEX_CMP_REQUEUE_PI: return result > 0 ? result : 0;
    case FUTEX_UNLOCK_PI: return result == 0 ? 1 : 0;
    default: return 0;
  }
}

// The second futex of a call that wakes on two; else null.
const void* second_woken(long operation, long second) {
  return (operation & FUTEX_CMD_MASK) == FUTEX_WAKE_OP ? reinterpret_cast<const void*>(second) : nullptr;
}

void tell_woken(const void* futex, long woken, record::Pc pc) {
  record::sync(trace::Op::futex_wake, 0, 0, futex, static_cast<std::uint64_t>(woken), pc);
}

}  // namespace

TENTER_INTERPOSE(long, syscall, (long number, ...)) {
  std::va_list rest;
  va_start(rest, number);
  const long a = va_arg(rest, long), b = va_arg(rest, long), c = va_arg(rest, long);
  const long d = va_arg(rest, long), e = va_arg(rest, long), f = va_arg(rest, long);
  va_end(rest);
  const FutexWait wait = futex_wait(number, a, b, d);
  if (wait.futex != nullptr && record::active()) {
    const Waiting waiting(wait.kind, wait.futex, TENTER_CALLER_PC());
    return REAL(syscall)(number, a, b, c, d, e, f);
  }
  const long result = REAL(syscall)(number, a, b, c, d, e, f);
  const long woken = number == SYS_futex ? woken_by(b, result) : 0;
  if (woken != 0 && record::active()) {
    const KeepErrno keep_errno;
    tell_woken(reinterpret_cast<const void*>(a), woken, TENTER_CALLER_PC());
    if (const void* second = second_woken(b, e)) { tell_woken(second, woken, TENTER_CALLER_PC()); }
  }
  return result;
}

}  // namespace tenter::hooks
