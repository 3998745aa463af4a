// Conditions, barriers and semaphores.
//
// A wait on a condition is told as what it is for the mutex: it is given up, and taken again, also when
// the wait times out or the thread is cancelled in it. cond_wake comes only where a signal ended the wait.
#include <pthread.h>
#include <semaphore.h>
#include <threads.h>

#include "hooks/c11_result.h"
#include "hooks/caller.h"
#include "hooks/cancellation.h"
#include "hooks/mutex_events.h"
#include "hooks/signalled.h"

namespace tenter::hooks {

__attribute__((tls_model("initial-exec"))) thread_local constinit bool has_signalled = false;

using record::Pc;
using trace::LockFlag;
using trace::Op;
using trace::WaitKind;

TENTER_NEXT(int, pthread_cond_wait, (pthread_cond_t*, pthread_mutex_t*))
TENTER_NEXT(int, pthread_cond_timedwait, (pthread_cond_t*, pthread_mutex_t*, const timespec*))
TENTER_NEXT(int, pthread_cond_signal, (pthread_cond_t*))
TENTER_NEXT(int, pthread_cond_broadcast, (pthread_cond_t*))

namespace {

struct CondWait {
  const pthread_mutex_t* mutex;
  Pc pc;
};

// Cancellation ends the wait with the mutex taken again, before the program's own clean-up handlers run.
void cancelled_in_wait(void* raw) {
  const auto* wait = static_cast<const CondWait*>(raw);
  record::wait_end();
  record_acquire(wait->mutex, LockFlag::wait, wait->pc);
  note_cancelled();
}

template <class Wait>
int wait_on_condition(const void* condition, pthread_mutex_t* mutex, WaitKind kind, Pc direct, Wait wait) {
  if (!record::active() || !may_unlock(mutex)) { return wait(); }
  const Pc pc = program_pc(direct);
  record_release(mutex, LockFlag::wait, pc);
  CondWait cond_wait{mutex, pc};
  int result = 0;
  {
    const WhenCancelled when_cancelled(cancelled_in_wait, &cond_wait);
    const Waiting waiting(kind, condition, pc);
    result = wait();
  }
  if (obtained(result)) { record::sync(Op::cond_wake, 0, 0, condition, pc); }
  if (result != ENOTRECOVERABLE) { record_acquire(mutex, LockFlag::wait, pc); }
  return result;
}

int wait_for_ever(pthread_cond_t* condition, pthread_mutex_t* mutex, Pc pc) {
  return wait_on_condition(condition, mutex, WaitKind::condition, pc,
                           [&] { return REAL(pthread_cond_wait)(condition, mutex); });
}

int wait_until(pthread_cond_t* condition, pthread_mutex_t* mutex, const timespec* until, Pc pc) {
  return wait_on_condition(condition, mutex, WaitKind::timed, pc,
                           [&] { return REAL(pthread_cond_timedwait)(condition, mutex, until); });
}

void record_signal(const void* condition, bool broadcast, Pc pc) {
  if (!record::active()) { return; }
  record::sync(Op::cond_signal, broadcast ? 1 : 0, 0, condition, 0, pc);
  has_signalled = true;
}

}  // namespace

// ---- conditions ----------------------------------------------------------------------------------------

TENTER_INTERPOSE_KNOWN(int, pthread_cond_wait, (pthread_cond_t * condition, pthread_mutex_t* mutex)) {
  return wait_for_ever(condition, mutex, TENTER_CALLER_PC());
}

TENTER_INTERPOSE_KNOWN(int, pthread_cond_timedwait,
                       (pthread_cond_t * condition, pthread_mutex_t* mutex, const timespec* until)) {
  return wait_until(condition, mutex, until, TENTER_CALLER_PC());
}

TENTER_INTERPOSE(int, pthread_cond_clockwait,
                 (pthread_cond_t * condition, pthread_mutex_t* mutex, clockid_t clock, const timespec* until)) {
  return wait_on_condition(condition, mutex, WaitKind::timed, TENTER_CALLER_PC(),
                           [&] { return REAL(pthread_cond_clockwait)(condition, mutex, clock, until); });
}

TENTER_INTERPOSE_KNOWN(int, pthread_cond_signal, (pthread_cond_t * condition)) {
  record_signal(condition, false, TENTER_CALLER_PC());
  return REAL(pthread_cond_signal)(condition);
}

TENTER_INTERPOSE_KNOWN(int, pthread_cond_broadcast, (pthread_cond_t * condition)) {
  record_signal(condition, true, TENTER_CALLER_PC());
  return REAL(pthread_cond_broadcast)(condition);
}

TENTER_HOOK int hook_cnd_wait(cnd_t* condition, mtx_t* mutex) __asm__("cnd_wait");
int hook_cnd_wait(cnd_t* condition, mtx_t* mutex) {
  return c11_result(wait_for_ever(as_pthread(condition), as_pthread(mutex), TENTER_CALLER_PC()));
}

TENTER_HOOK int hook_cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) __asm__("cnd_timedwait");
int hook_cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) {
  return c11_result(wait_until(as_pthread(condition), as_pthread(mutex), until, TENTER_CALLER_PC()));
}

TENTER_HOOK int hook_cnd_signal(cnd_t* condition) __asm__("cnd_signal");
int hook_cnd_signal(cnd_t* condition) {
  record_signal(condition, false, TENTER_CALLER_PC());
  return c11_result(REAL(pthread_cond_signal)(as_pthread(condition)));
}

TENTER_HOOK int hook_cnd_broadcast(cnd_t* condition) __asm__("cnd_broadcast");
int hook_cnd_broadcast(cnd_t* condition) {
  record_signal(condition, true, TENTER_CALLER_PC());
  return c11_result(REAL(pthread_cond_broadcast)(as_pthread(condition)));
}

// ---- barriers ------------------------------------------------------------------------------------------

TENTER_INTERPOSE(int, pthread_barrier_init,
                 (pthread_barrier_t * barrier, const pthread_barrierattr_t* attributes, unsigned count)) {
  const int result = REAL(pthread_barrier_init)(barrier, attributes, count);
  if (result == 0 && record::active()) { record::sync(Op::barrier_create, 0, 0, barrier, count, TENTER_CALLER_PC()); }
  return result;
}

TENTER_INTERPOSE(int, pthread_barrier_wait, (pthread_barrier_t * barrier)) {
  if (!record::active()) { return REAL(pthread_barrier_wait)(barrier); }
  const Pc pc = TENTER_CALLER_PC();
  record::sync(Op::barrier_arrive, 0, 0, barrier, pc);
  int result = 0;
  {
    const Waiting waiting(WaitKind::barrier, barrier, pc);
    result = REAL(pthread_barrier_wait)(barrier);
  }
  record::sync(Op::barrier_leave, 0, 0, barrier, pc);
  return result;
}

// ---- semaphores ----------------------------------------------------------------------------------------

TENTER_NEXT(int, sem_trywait, (sem_t*))

namespace {

void record_obtained(const sem_t* semaphore, Pc pc) { record::sync(Op::sem_wait, 0, 0, semaphore, 1, pc); }
void record_refusal(const sem_t* semaphore, Pc pc) { record::look(Op::sem_look, 0, 0, semaphore, 1, pc); }

void cancelled_on_semaphore(void*) {
  record::wait_end();
  note_cancelled();
}

template <class Wait>
int wait_on_semaphore(sem_t* semaphore, WaitKind kind, Pc pc, Wait wait) {
  if (!record::active()) { return wait(); }
  const int errno_before = errno;
  int result = REAL(sem_trywait)(semaphore);
  if (result != 0 && errno == EAGAIN) {
    errno = errno_before;
    const WhenCancelled when_cancelled(cancelled_on_semaphore, nullptr);
    const Waiting waiting(kind, semaphore, pc);
    result = wait();
  }
  if (result == 0) {
    record_obtained(semaphore, pc);
  } else if (errno == ETIMEDOUT) {
    record_refusal(semaphore, pc);
  }
  return result;
}

}  // namespace

TENTER_INTERPOSE(int, sem_init, (sem_t * semaphore, int shared, unsigned count)) {
  const int result = REAL(sem_init)(semaphore, shared, count);
  if (result == 0 && record::active()) { record::sync(Op::sem_create, 0, 0, semaphore, count, TENTER_CALLER_PC()); }
  return result;
}

TENTER_INTERPOSE(int, sem_post, (sem_t * semaphore)) {
  const bool recorded = record::active();
  if (recorded) { record::sync(Op::sem_post, 0, 0, semaphore, 1, TENTER_CALLER_PC()); }
  const int result = REAL(sem_post)(semaphore);
  if (result != 0 && recorded) {
    record_obtained(semaphore, TENTER_CALLER_PC());  // the count was full: take back what was told
  }
  return result;
}

TENTER_INTERPOSE(int, sem_wait, (sem_t * semaphore)) {
  return wait_on_semaphore(semaphore, WaitKind::semaphore, TENTER_CALLER_PC(),
                           [&] { return REAL(sem_wait)(semaphore); });
}

TENTER_INTERPOSE_KNOWN(int, sem_trywait, (sem_t * semaphore)) {
  const int result = REAL(sem_trywait)(semaphore);
  if (!record::active()) { return result; }
  if (result == 0) {
    record_obtained(semaphore, TENTER_CALLER_PC());
  } else if (errno == EAGAIN) {
    record_refusal(semaphore, TENTER_CALLER_PC());
  }
  return result;
}

TENTER_INTERPOSE(int, sem_timedwait, (sem_t * semaphore, const timespec* until)) {
  return wait_on_semaphore(semaphore, WaitKind::timed, TENTER_CALLER_PC(),
                           [&] { return REAL(sem_timedwait)(semaphore, until); });
}

TENTER_INTERPOSE(int, sem_clockwait, (sem_t * semaphore, clockid_t clock, const timespec* until)) {
  return wait_on_semaphore(semaphore, WaitKind::timed, TENTER_CALLER_PC(),
                           [&] { return REAL(sem_clockwait)(semaphore, clock, until); });
}

}  // namespace tenter::hooks
