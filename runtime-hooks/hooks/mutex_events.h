// What a pthread mutex says about itself, for the hooks of mutexes and of conditions.
//
// The fields read here belong to the holder of the mutex while it holds it, and glibc has kept their place and
// meaning since 2.0 (they are part of the layout that PTHREAD_MUTEX_INITIALIZER compiles into programs).
#pragma once
#include <pthread.h>

#include <cerrno>

#include "hooks/interpose.h"

namespace tenter::hooks {

inline bool obtained(int result) { return result == 0 || result == EOWNERDEAD; }

inline trace::LockKind kind_of(const pthread_mutex_t* mutex) {
  switch (mutex->__data.__kind & 3) {
    case PTHREAD_MUTEX_RECURSIVE: return trace::LockKind::recursive_mutex;
    case PTHREAD_MUTEX_ERRORCHECK: return trace::LockKind::errorcheck_mutex;
    default: return trace::LockKind::mutex;
  }
}

inline void record_lock(trace::Op op, std::uint8_t flags, trace::LockKind kind, const void* lock, record::Pc pc) {
  record::sync(op, flags, static_cast<std::uint8_t>(kind), lock, pc);
}

// An attempt to take it failed.
inline void record_refusal(std::uint8_t flags, trace::LockKind kind, const void* lock, record::Pc pc) {
  record::look(trace::Op::lock_look, flags, static_cast<std::uint8_t>(kind), lock, 0, pc);
}
inline bool is_refused(int result) { return result == EBUSY || result == ETIMEDOUT; }

// While the caller holds the mutex: after it was obtained, before it is given up.
inline std::uint8_t again_flag(const pthread_mutex_t* mutex) {
  const bool again = kind_of(mutex) == trace::LockKind::recursive_mutex && mutex->__data.__count > 1;
  return again ? trace::LockFlag::again : std::uint8_t{0};
}
inline void record_acquire(const pthread_mutex_t* mutex, std::uint8_t flags, record::Pc pc) {
  record_lock(trace::Op::lock_acquire, flags | again_flag(mutex), kind_of(mutex), mutex, pc);
}
inline void record_release(const pthread_mutex_t* mutex, std::uint8_t flags, record::Pc pc) {
  record_lock(trace::Op::lock_release, flags | again_flag(mutex), kind_of(mutex), mutex, pc);
}

// The calling thread ends, and with it its hold on the robust mutexes that it has not unlocked: whoever locks one next is
// told so by the kernel (EOWNERDEAD), and comes after all that this thread did.
void release_robust_mutexes();

// The kernel's name of this thread; asked once per thread, and again after fork.
std::int32_t own_thread_id();
void forget_own_thread_id();

// False if unlocking would fail, or is an error that the mutex does not notice: nobody holds it, or, where
// it keeps its owner, somebody else does.
inline bool may_unlock(const pthread_mutex_t* mutex) {
  constexpr int robust = 16, elided = 256;
  constexpr int owner_in_lock_word = 0x3fffffff;
  const int kind = mutex->__data.__kind;
  const int lock_word = __atomic_load_n(&mutex->__data.__lock, __ATOMIC_RELAXED);
  if ((kind & robust) != 0) { return (lock_word & owner_in_lock_word) == own_thread_id(); }
  if ((kind & 3) == PTHREAD_MUTEX_RECURSIVE || (kind & 3) == PTHREAD_MUTEX_ERRORCHECK) {
    return __atomic_load_n(&mutex->__data.__owner, __ATOMIC_RELAXED) == own_thread_id();
  }
  return (kind & elided) != 0 || lock_word != 0;
}

}  // namespace tenter::hooks
