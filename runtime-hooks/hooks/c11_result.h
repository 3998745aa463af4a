// C11 threads are pthreads under other names in glibc: the same objects, other error numbers. libc's own C11 functions
// call the pthread ones inside, past our hooks, so we build them on our hooks' shared halves.
#pragma once
#include <pthread.h>
#include <threads.h>

#include <cerrno>

namespace tenter::hooks {

inline int c11_result(int error) {
  switch (error) {
    case 0: return thrd_success;
    case EBUSY: return thrd_busy;
    case ENOMEM: return thrd_nomem;
    case ETIMEDOUT: return thrd_timedout;
    default: return thrd_error;
  }
}

static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t) && sizeof(cnd_t) == sizeof(pthread_cond_t));
inline pthread_mutex_t* as_pthread(mtx_t* mutex) { return reinterpret_cast<pthread_mutex_t*>(mutex); }
inline pthread_cond_t* as_pthread(cnd_t* condition) { return reinterpret_cast<pthread_cond_t*>(condition); }

}  // namespace tenter::hooks
