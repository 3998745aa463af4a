// Sleeping: nothing is ordered by it, but a recording that ends meanwhile shows what the thread was doing, and one that does
// not shows that it may have looked again afterwards.
#include <sched.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#include "hooks/cancellation.h"
#include "hooks/interpose.h"
#include "hooks/libc_access.h"
#include "hooks/signalled.h"

namespace tenter::hooks {
namespace {

void cancelled_in_sleep(void*) {
  record::wait_end();
  note_cancelled();
}

template <class Sleep>
auto asleep(record::Pc pc, Sleep sleep) {
  if (!record::active()) { return sleep(); }
  const WhenCancelled when_cancelled(cancelled_in_sleep, nullptr);
  const Waiting waiting(trace::WaitKind::sleep, nullptr, pc);
  return sleep();
}

}  // namespace

TENTER_INTERPOSE(unsigned, sleep, (unsigned seconds)) {
  return asleep(TENTER_CALLER_PC(), [&] { return REAL(sleep)(seconds); });
}

TENTER_INTERPOSE(int, sched_yield, ()) {
  if (!has_signalled) { return REAL(sched_yield)(); }
  has_signalled = false;
  return asleep(TENTER_CALLER_PC(), [] { return REAL(sched_yield)(); });
}

TENTER_INTERPOSE(int, usleep, (useconds_t microseconds)) {
  return asleep(TENTER_CALLER_PC(), [&] { return REAL(usleep)(microseconds); });
}

TENTER_INTERPOSE(int, nanosleep, (const timespec* time, timespec* rest)) {
  const record::Pc pc = TENTER_CALLER_PC();
  told_read(time, sizeof *time, pc);
  const int result = asleep(pc, [&] { return REAL(nanosleep)(time, rest); });
  told_result(rest, result != 0, pc);
  return result;
}

TENTER_INTERPOSE(int, clock_nanosleep, (clockid_t clock, int flags, const timespec* time, timespec* rest)) {
  const record::Pc pc = TENTER_CALLER_PC();
  told_read(time, sizeof *time, pc);
  const int result = asleep(pc, [&] { return REAL(clock_nanosleep)(clock, flags, time, rest); });
  told_result(rest, result != 0 && (flags & TIMER_ABSTIME) == 0, pc);
  return result;
}

TENTER_INTERPOSE(void, thrd_yield, ()) {
  if (!has_signalled) { return REAL(thrd_yield)(); }
  has_signalled = false;
  asleep(TENTER_CALLER_PC(), [] { REAL(thrd_yield)(); });
}

TENTER_INTERPOSE(int, thrd_sleep, (const timespec* time, timespec* rest)) {
  const record::Pc pc = TENTER_CALLER_PC();
  told_read(time, sizeof *time, pc);
  const int result = asleep(pc, [&] { return REAL(thrd_sleep)(time, rest); });
  told_result(rest, result != 0, pc);
  return result;
}

}  // namespace tenter::hooks
