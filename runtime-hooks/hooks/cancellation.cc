// glibc's pthread_cancel and the thread's own look at the request are atomic operations on one word of the thread's
// descriptor. We cannot be called where the thread finds the request, so the order is told by the functions of ours
// in which it may: waits on conditions and semaphores, joins, sleeps, and pthread_testcancel.
#include "hooks/cancellation.h"

#include <pthread.h>

#include "hooks/interpose.h"
#include "hooks/thread_table.h"

namespace tenter::hooks {
namespace {

using trace::Op;

// Task ids are smaller than any address.
const void* request_to(std::uint32_t task) { return reinterpret_cast<const void*>(std::uintptr_t{task}); }

void cancelled(void*) { note_cancelled(); }

}  // namespace

void note_cancelled() {
  if (own_task_id() != unknown_task && record::active()) {
    record::sync(Op::acquire, 0, 0, request_to(own_task_id()), TENTER_CALLER_PC());
  }
}

TENTER_INTERPOSE(int, pthread_cancel, (pthread_t thread)) {
  const std::uint32_t task = task_of_thread(thread);
  if (task != unknown_task && record::active()) {
    record::sync(Op::release, 0, 0, request_to(task), TENTER_CALLER_PC());
  }
  return REAL(pthread_cancel)(thread);
}

TENTER_INTERPOSE(void, pthread_testcancel, ()) {
  const WhenCancelled when_cancelled(cancelled, nullptr);
  REAL(pthread_testcancel)();
}

}  // namespace tenter::hooks
