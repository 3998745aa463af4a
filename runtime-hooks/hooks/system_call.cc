// syscall(2), for the one system call that programs make through it in order to wait: futex. libstdc++'s
// atomic waits, semaphores and latches do. What orders the two sides is the atomics around it; told
// here is only that the thread waits, and on what.
#include <linux/futex.h>
#include <sys/syscall.h>

#include <cstdarg>

#include "hooks/interpose.h"

namespace tenter::hooks {
namespace {

bool waits_on_futex(long number, long operation) {
  if (number != SYS_futex) { return false; }
  const long command = operation & FUTEX_CMD_MASK;
  return command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET;
}

}  // namespace

TENTER_INTERPOSE(long, syscall, (long number, ...)) {
  std::va_list rest;
  va_start(rest, number);
  const long a = va_arg(rest, long), b = va_arg(rest, long), c = va_arg(rest, long);
  const long d = va_arg(rest, long), e = va_arg(rest, long), f = va_arg(rest, long);
  va_end(rest);
  if (!waits_on_futex(number, b) || !record::active()) { return REAL(syscall)(number, a, b, c, d, e, f); }
  // The fourth argument is the time-out.
  const Waiting waiting(d == 0 ? trace::WaitKind::futex : trace::WaitKind::timed, reinterpret_cast<const void*>(a),
                        TENTER_CALLER_PC());
  return REAL(syscall)(number, a, b, c, d, e, f);
}

}  // namespace tenter::hooks
