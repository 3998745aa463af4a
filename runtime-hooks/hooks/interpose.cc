// Clean-up handlers for hooks that a cancelled thread leaves.
#include "hooks/interpose.h"

#include <pthread.h>

extern "C" {
// glibc's clean-up handlers for code without exception tables; <pthread.h> does not declare them to C++.
void _pthread_cleanup_push(_pthread_cleanup_buffer*, void (*)(void*), void*);
void _pthread_cleanup_pop(_pthread_cleanup_buffer*, int execute);
}

namespace tenter::hooks {

static_assert(sizeof(_pthread_cleanup_buffer) <= 32);

WhenCancelled::WhenCancelled(void (*routine)(void*), void* argument) {
  _pthread_cleanup_push(reinterpret_cast<_pthread_cleanup_buffer*>(buffer_), routine, argument);
}

WhenCancelled::~WhenCancelled() { _pthread_cleanup_pop(reinterpret_cast<_pthread_cleanup_buffer*>(buffer_), 0); }

}  // namespace tenter::hooks
