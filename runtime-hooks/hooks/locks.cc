// Locks: lock_acquire is told after the lock was obtained, lock_release before it is given up, so that in the
// recording no two tasks hold a lock at once unless they did.
//
// A call that may block tries first. Only if that fails does it tell that it waits: a recording of
// uncontended locks holds no wait events, and one that ends inside a wait shows who was stuck where.
#include <linux/futex.h>
#include <pthread.h>
#include <threads.h>

#include <cstddef>

#include "hooks/c11_result.h"
#include "hooks/hold_counts.h"
#include "hooks/mutex_events.h"
#include "record/sys.h"

namespace tenter::hooks {
namespace {

using record::Pc;
using trace::LockFlag;
using trace::LockKind;
using trace::MisuseKind;
using trace::Op;
using trace::WaitKind;

__attribute__((tls_model("initial-exec"))) thread_local std::int32_t cached_thread_id = 0;

}  // namespace

std::int32_t own_thread_id() {
  if (cached_thread_id == 0) { cached_thread_id = static_cast<std::int32_t>(record::sys::call(SYS_gettid)); }
  return cached_thread_id;
}
void forget_own_thread_id() { cached_thread_id = 0; }

void release_robust_mutexes() {
  if (!record::active()) { return; }
  robust_list_head* head = nullptr;
  std::size_t size = 0;
  if (record::sys::call(SYS_get_robust_list, 0, record::sys::word(&head), record::sys::word(&size)) != 0 ||
      head == nullptr || head->futex_offset != -static_cast<long>(offsetof(pthread_mutex_t, __data.__list.__next))) {
    return;
  }
  // Bit 0 of a link marks a mutex with priority inheritance. The list is a ring through the head; its bound is the kernel's.
  unsigned left = ROBUST_LIST_LIMIT;
  for (const robust_list* entry = head->list.next; left != 0 && entry != nullptr; --left) {
    const auto link = reinterpret_cast<std::uintptr_t>(entry) & ~std::uintptr_t{1};
    if (link == reinterpret_cast<std::uintptr_t>(&head->list)) { return; }
    const auto* mutex =
        reinterpret_cast<const pthread_mutex_t*>(link + static_cast<std::uintptr_t>(head->futex_offset));
    const unsigned depth = kind_of(mutex) == LockKind::recursive_mutex ? mutex->__data.__count : 1;
    for (unsigned i = depth; i > 1; --i) { record_lock(Op::lock_release, LockFlag::again, kind_of(mutex), mutex, 0); }
    record_lock(Op::lock_release, 0, kind_of(mutex), mutex, 0);
    entry = reinterpret_cast<const robust_list*>(link)->next;
  }
}

// ---- mutexes -------------------------------------------------------------------------------------------

TENTER_NEXT(int, pthread_mutex_init, (pthread_mutex_t*, const pthread_mutexattr_t*))
TENTER_NEXT(int, pthread_mutex_destroy, (pthread_mutex_t*))
TENTER_NEXT(int, pthread_mutex_lock, (pthread_mutex_t*))
TENTER_NEXT(int, pthread_mutex_trylock, (pthread_mutex_t*))
TENTER_NEXT(int, pthread_mutex_timedlock, (pthread_mutex_t*, const timespec*))
TENTER_NEXT(int, pthread_mutex_clocklock, (pthread_mutex_t*, clockid_t, const timespec*))
TENTER_NEXT(int, pthread_mutex_unlock, (pthread_mutex_t*))

namespace {

// Whatever the call, its result says whether the caller has the lock now, or whether another's hold on it was in the way.
void record_outcome(int result, pthread_mutex_t* mutex, std::uint8_t flags, Pc pc) {
  if (obtained(result)) {
    record_acquire(mutex, flags, pc);
  } else if (is_refused(result)) {
    record_refusal(0, kind_of(mutex), mutex, pc);
  }
}

// `wait` is the call that was asked for.
template <class Wait>
int lock_mutex(pthread_mutex_t* mutex, std::uint8_t flags, WaitKind kind, Pc pc, Wait wait) {
  if (!record::active()) { return wait(); }
  int result = REAL(pthread_mutex_trylock)(mutex);
  if (result == EBUSY) {
    const Waiting waiting(kind, mutex, pc, &mutex->__data.__owner);
    result = wait();
  }
  record_outcome(result, mutex, flags, pc);
  if (result == EDEADLK) { record::misuse(MisuseKind::double_lock, mutex, pc); }
  return result;
}

int lock_mutex_for_ever(pthread_mutex_t* mutex, Pc pc) {
  return lock_mutex(mutex, 0, WaitKind::lock, pc, [&] { return REAL(pthread_mutex_lock)(mutex); });
}

int lock_mutex_until(pthread_mutex_t* mutex, const timespec* until, Pc pc) {
  return lock_mutex(mutex, LockFlag::attempt, WaitKind::timed, pc,
                    [&] { return REAL(pthread_mutex_timedlock)(mutex, until); });
}

int try_mutex(pthread_mutex_t* mutex, Pc pc) {
  const int result = REAL(pthread_mutex_trylock)(mutex);
  if (record::active()) { record_outcome(result, mutex, LockFlag::attempt, pc); }
  return result;
}

int unlock_mutex(pthread_mutex_t* mutex, Pc pc) {
  if (!record::active()) { return REAL(pthread_mutex_unlock)(mutex); }
  if (!may_unlock(mutex)) {
    record::misuse(MisuseKind::unlock_of_unlocked_mutex, mutex, pc);
    return REAL(pthread_mutex_unlock)(mutex);
  }
  record_release(mutex, 0, pc);
  return REAL(pthread_mutex_unlock)(mutex);
}

int destroy_mutex(pthread_mutex_t* mutex, Pc pc) {
  if (!record::active()) { return REAL(pthread_mutex_destroy)(mutex); }
  const LockKind kind = kind_of(mutex);
  const int result = REAL(pthread_mutex_destroy)(mutex);
  if (result == EBUSY) {
    record::misuse(MisuseKind::destroy_of_locked_mutex, mutex, pc);
  } else if (result == 0) {
    record_lock(Op::lock_destroy, 0, kind, mutex, pc);
  }
  return result;
}

}  // namespace

TENTER_INTERPOSE_KNOWN(int, pthread_mutex_init, (pthread_mutex_t * mutex, const pthread_mutexattr_t* attributes)) {
  const int result = REAL(pthread_mutex_init)(mutex, attributes);
  if (result == 0 && record::active()) { record_lock(Op::lock_create, 0, kind_of(mutex), mutex, TENTER_CALLER_PC()); }
  return result;
}
TENTER_ALIAS(int, __pthread_mutex_init, (pthread_mutex_t*, const pthread_mutexattr_t*), pthread_mutex_init)

TENTER_INTERPOSE_KNOWN(int, pthread_mutex_destroy, (pthread_mutex_t * mutex)) {
  return destroy_mutex(mutex, TENTER_CALLER_PC());
}
TENTER_ALIAS(int, __pthread_mutex_destroy, (pthread_mutex_t*), pthread_mutex_destroy)

TENTER_INTERPOSE_KNOWN(int, pthread_mutex_lock, (pthread_mutex_t * mutex)) {
  return lock_mutex_for_ever(mutex, TENTER_CALLER_PC());
}
TENTER_ALIAS(int, __pthread_mutex_lock, (pthread_mutex_t*), pthread_mutex_lock)

TENTER_INTERPOSE_KNOWN(int, pthread_mutex_trylock, (pthread_mutex_t * mutex)) {
  return try_mutex(mutex, TENTER_CALLER_PC());
}
TENTER_ALIAS(int, __pthread_mutex_trylock, (pthread_mutex_t*), pthread_mutex_trylock)

TENTER_INTERPOSE_KNOWN(int, pthread_mutex_timedlock, (pthread_mutex_t * mutex, const timespec* until)) {
  return lock_mutex_until(mutex, until, TENTER_CALLER_PC());
}

TENTER_INTERPOSE_KNOWN(int, pthread_mutex_clocklock,
                       (pthread_mutex_t * mutex, clockid_t clock, const timespec* until)) {
  return lock_mutex(mutex, LockFlag::attempt, WaitKind::timed, TENTER_CALLER_PC(),
                    [&] { return REAL(pthread_mutex_clocklock)(mutex, clock, until); });
}

TENTER_INTERPOSE_KNOWN(int, pthread_mutex_unlock, (pthread_mutex_t * mutex)) {
  return unlock_mutex(mutex, TENTER_CALLER_PC());
}
TENTER_ALIAS(int, __pthread_mutex_unlock, (pthread_mutex_t*), pthread_mutex_unlock)

// ---- C11 mutexes ---------------------------------------------------------------------------------------

TENTER_INTERPOSE(int, mtx_init, (mtx_t * mutex, int type)) {
  const int result = REAL(mtx_init)(mutex, type);
  if (result == thrd_success && record::active()) {
    record_lock(Op::lock_create, 0, kind_of(as_pthread(mutex)), mutex, TENTER_CALLER_PC());
  }
  return result;
}

TENTER_HOOK void hook_mtx_destroy(mtx_t* mutex) __asm__("mtx_destroy");
void hook_mtx_destroy(mtx_t* mutex) { destroy_mutex(as_pthread(mutex), TENTER_CALLER_PC()); }

TENTER_HOOK int hook_mtx_lock(mtx_t* mutex) __asm__("mtx_lock");
int hook_mtx_lock(mtx_t* mutex) { return c11_result(lock_mutex_for_ever(as_pthread(mutex), TENTER_CALLER_PC())); }

TENTER_HOOK int hook_mtx_timedlock(mtx_t* mutex, const timespec* until) __asm__("mtx_timedlock");
int hook_mtx_timedlock(mtx_t* mutex, const timespec* until) {
  return c11_result(lock_mutex_until(as_pthread(mutex), until, TENTER_CALLER_PC()));
}

TENTER_HOOK int hook_mtx_trylock(mtx_t* mutex) __asm__("mtx_trylock");
int hook_mtx_trylock(mtx_t* mutex) { return c11_result(try_mutex(as_pthread(mutex), TENTER_CALLER_PC())); }

TENTER_HOOK int hook_mtx_unlock(mtx_t* mutex) __asm__("mtx_unlock");
int hook_mtx_unlock(mtx_t* mutex) { return c11_result(unlock_mutex(as_pthread(mutex), TENTER_CALLER_PC())); }

// ---- reader-writer locks -------------------------------------------------------------------------------

TENTER_NEXT(int, pthread_rwlock_tryrdlock, (pthread_rwlock_t*))
TENTER_NEXT(int, pthread_rwlock_trywrlock, (pthread_rwlock_t*))

namespace {

// The reader-writer locks that this thread reads under, to tell a second read lock from a first.
__attribute__((tls_model("initial-exec"))) thread_local constinit HoldCounts read_holds{};

// A lock keeps what it was made with (glibc, nptl/pthread_rwlock_common.c).
LockKind kind_of(const pthread_rwlock_t* lock) {
  return lock->__data.__flags == PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP ? LockKind::rwlock_writers_first
                                                                              : LockKind::rwlock;
}

std::uint8_t note_read_lock(const pthread_rwlock_t* lock) { return read_holds.lock(lock) != 0 ? LockFlag::again : 0; }
std::uint8_t note_read_unlock(const pthread_rwlock_t* lock) {
  return read_holds.unlock(lock) != 0 ? LockFlag::again : 0;
}

void record_read_lock(const pthread_rwlock_t* lock, std::uint8_t flags, Pc pc) {
  // Where a writer may come between, a second read lock is no mere repetition.
  const LockKind lock_kind = kind_of(lock);
  const std::uint8_t again = lock_kind == LockKind::rwlock ? note_read_lock(lock) : std::uint8_t{0};
  record_lock(Op::lock_acquire, static_cast<std::uint8_t>(flags | LockFlag::shared | again), lock_kind, lock, pc);
}

void record_read_outcome(int result, const pthread_rwlock_t* lock, std::uint8_t flags, Pc pc) {
  if (result == 0) {
    record_read_lock(lock, flags, pc);
  } else if (is_refused(result)) {
    record_refusal(LockFlag::shared, kind_of(lock), lock, pc);
  }
}
void record_write_outcome(int result, const pthread_rwlock_t* lock, std::uint8_t flags, Pc pc) {
  if (result == 0) {
    record_lock(Op::lock_acquire, flags, kind_of(lock), lock, pc);
  } else if (is_refused(result)) {
    record_refusal(0, kind_of(lock), lock, pc);
  }
}

template <class Wait>
int lock_to_read(pthread_rwlock_t* lock, std::uint8_t flags, WaitKind kind, Pc pc, Wait wait) {
  if (!record::active()) { return wait(); }
  int result = REAL(pthread_rwlock_tryrdlock)(lock);
  if (result == EBUSY) {
    const Waiting waiting(kind, lock, pc, &lock->__data.__cur_writer);
    result = wait();
  }
  record_read_outcome(result, lock, flags, pc);
  if (result == EDEADLK) { record::misuse(MisuseKind::double_lock, lock, pc); }
  return result;
}

template <class Wait>
int lock_to_write(pthread_rwlock_t* lock, std::uint8_t flags, WaitKind kind, Pc pc, Wait wait) {
  if (!record::active()) { return wait(); }
  int result = REAL(pthread_rwlock_trywrlock)(lock);
  if (result == EBUSY) {
    const Waiting waiting(kind, lock, pc, &lock->__data.__cur_writer);
    result = wait();
  }
  record_write_outcome(result, lock, flags, pc);
  if (result == EDEADLK) { record::misuse(MisuseKind::double_lock, lock, pc); }
  return result;
}

}  // namespace

TENTER_INTERPOSE(int, pthread_rwlock_init, (pthread_rwlock_t * lock, const pthread_rwlockattr_t* attributes)) {
  const int result = REAL(pthread_rwlock_init)(lock, attributes);
  if (result == 0 && record::active()) { record_lock(Op::lock_create, 0, kind_of(lock), lock, TENTER_CALLER_PC()); }
  return result;
}
TENTER_ALIAS(int, __pthread_rwlock_init, (pthread_rwlock_t*, const pthread_rwlockattr_t*), pthread_rwlock_init)

TENTER_INTERPOSE(int, pthread_rwlock_destroy, (pthread_rwlock_t * lock)) {
  const int result = REAL(pthread_rwlock_destroy)(lock);
  if (result == 0 && record::active()) { record_lock(Op::lock_destroy, 0, kind_of(lock), lock, TENTER_CALLER_PC()); }
  return result;
}
TENTER_ALIAS(int, __pthread_rwlock_destroy, (pthread_rwlock_t*), pthread_rwlock_destroy)

TENTER_INTERPOSE(int, pthread_rwlock_rdlock, (pthread_rwlock_t * lock)) {
  return lock_to_read(lock, 0, WaitKind::shared_lock, TENTER_CALLER_PC(),
                      [&] { return REAL(pthread_rwlock_rdlock)(lock); });
}
TENTER_ALIAS(int, __pthread_rwlock_rdlock, (pthread_rwlock_t*), pthread_rwlock_rdlock)

TENTER_INTERPOSE_KNOWN(int, pthread_rwlock_tryrdlock, (pthread_rwlock_t * lock)) {
  const int result = REAL(pthread_rwlock_tryrdlock)(lock);
  if (record::active()) { record_read_outcome(result, lock, LockFlag::attempt, TENTER_CALLER_PC()); }
  return result;
}
TENTER_ALIAS(int, __pthread_rwlock_tryrdlock, (pthread_rwlock_t*), pthread_rwlock_tryrdlock)

TENTER_INTERPOSE(int, pthread_rwlock_timedrdlock, (pthread_rwlock_t * lock, const timespec* until)) {
  return lock_to_read(lock, LockFlag::attempt, WaitKind::timed, TENTER_CALLER_PC(),
                      [&] { return REAL(pthread_rwlock_timedrdlock)(lock, until); });
}

TENTER_INTERPOSE(int, pthread_rwlock_clockrdlock, (pthread_rwlock_t * lock, clockid_t clock, const timespec* until)) {
  return lock_to_read(lock, LockFlag::attempt, WaitKind::timed, TENTER_CALLER_PC(),
                      [&] { return REAL(pthread_rwlock_clockrdlock)(lock, clock, until); });
}

TENTER_INTERPOSE(int, pthread_rwlock_wrlock, (pthread_rwlock_t * lock)) {
  return lock_to_write(lock, 0, WaitKind::lock, TENTER_CALLER_PC(), [&] { return REAL(pthread_rwlock_wrlock)(lock); });
}
TENTER_ALIAS(int, __pthread_rwlock_wrlock, (pthread_rwlock_t*), pthread_rwlock_wrlock)

TENTER_INTERPOSE_KNOWN(int, pthread_rwlock_trywrlock, (pthread_rwlock_t * lock)) {
  const int result = REAL(pthread_rwlock_trywrlock)(lock);
  if (record::active()) { record_write_outcome(result, lock, LockFlag::attempt, TENTER_CALLER_PC()); }
  return result;
}
TENTER_ALIAS(int, __pthread_rwlock_trywrlock, (pthread_rwlock_t*), pthread_rwlock_trywrlock)

TENTER_INTERPOSE(int, pthread_rwlock_timedwrlock, (pthread_rwlock_t * lock, const timespec* until)) {
  return lock_to_write(lock, LockFlag::attempt, WaitKind::timed, TENTER_CALLER_PC(),
                       [&] { return REAL(pthread_rwlock_timedwrlock)(lock, until); });
}

TENTER_INTERPOSE(int, pthread_rwlock_clockwrlock, (pthread_rwlock_t * lock, clockid_t clock, const timespec* until)) {
  return lock_to_write(lock, LockFlag::attempt, WaitKind::timed, TENTER_CALLER_PC(),
                       [&] { return REAL(pthread_rwlock_clockwrlock)(lock, clock, until); });
}

TENTER_INTERPOSE(int, pthread_rwlock_unlock, (pthread_rwlock_t * lock)) {
  if (record::active()) {
    // While a reader holds the lock there is no writer, and the writer enters its name.
    const bool shared = __atomic_load_n(&lock->__data.__cur_writer, __ATOMIC_RELAXED) == 0;
    std::uint8_t flags = 0;
    const LockKind kind = kind_of(lock);
    if (shared) { flags = LockFlag::shared | (kind == LockKind::rwlock ? note_read_unlock(lock) : std::uint8_t{0}); }
    record_lock(Op::lock_release, flags, kind, lock, TENTER_CALLER_PC());
  }
  return REAL(pthread_rwlock_unlock)(lock);
}
TENTER_ALIAS(int, __pthread_rwlock_unlock, (pthread_rwlock_t*), pthread_rwlock_unlock)

// ---- spin locks ----------------------------------------------------------------------------------------

TENTER_NEXT(int, pthread_spin_trylock, (pthread_spinlock_t*))

TENTER_INTERPOSE(int, pthread_spin_init, (pthread_spinlock_t * lock, int shared)) {
  const int result = REAL(pthread_spin_init)(lock, shared);
  if (result == 0 && record::active()) {
    record_lock(Op::lock_create, 0, LockKind::spin, const_cast<const int*>(lock), TENTER_CALLER_PC());
  }
  return result;
}

TENTER_INTERPOSE(int, pthread_spin_destroy, (pthread_spinlock_t * lock)) {
  const int result = REAL(pthread_spin_destroy)(lock);
  if (result == 0 && record::active()) {
    record_lock(Op::lock_destroy, 0, LockKind::spin, const_cast<const int*>(lock), TENTER_CALLER_PC());
  }
  return result;
}

TENTER_INTERPOSE(int, pthread_spin_lock, (pthread_spinlock_t * lock)) {
  if (!record::active()) { return REAL(pthread_spin_lock)(lock); }
  const void* object = const_cast<const int*>(lock);
  int result = REAL(pthread_spin_trylock)(lock);
  if (result == EBUSY) {
    const Waiting waiting(WaitKind::lock, object, TENTER_CALLER_PC());
    result = REAL(pthread_spin_lock)(lock);
  }
  if (result == 0) { record_lock(Op::lock_acquire, 0, LockKind::spin, object, TENTER_CALLER_PC()); }
  return result;
}

TENTER_INTERPOSE_KNOWN(int, pthread_spin_trylock, (pthread_spinlock_t * lock)) {
  const int result = REAL(pthread_spin_trylock)(lock);
  if (!record::active()) { return result; }
  const void* object = const_cast<const int*>(lock);
  if (result == 0) {
    record_lock(Op::lock_acquire, LockFlag::attempt, LockKind::spin, object, TENTER_CALLER_PC());
  } else if (is_refused(result)) {
    record_refusal(0, LockKind::spin, object, TENTER_CALLER_PC());
  }
  return result;
}

TENTER_INTERPOSE(int, pthread_spin_unlock, (pthread_spinlock_t * lock)) {
  if (record::active()) {
    record_lock(Op::lock_release, 0, LockKind::spin, const_cast<const int*>(lock), TENTER_CALLER_PC());
  }
  return REAL(pthread_spin_unlock)(lock);
}

}  // namespace tenter::hooks
