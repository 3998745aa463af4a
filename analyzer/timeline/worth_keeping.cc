#include "timeline/worth_keeping.h"

#include "happens_before/memory_orders.h"

namespace tenter::analysis {

using trace::Op;

bool is_worth_keeping(const Event& event) {
  switch (event.op) {
    case Op::atomic_load:
    case Op::atomic_store:
    case Op::atomic_rmw: return order_of(event) != trace::MemoryOrder::relaxed;
    case Op::fence:
    case Op::lock_acquire:
    case Op::lock_release:
    case Op::cond_signal:
    case Op::cond_wake:
    case Op::once_begin:
    case Op::once_end:
    case Op::once_pass:
    case Op::barrier_arrive:
    case Op::barrier_leave:
    case Op::sem_post:
    case Op::sem_wait:
    case Op::acquire:
    case Op::release:
    case Op::wg_add:
    case Op::wg_pass:
    case Op::task_create:
    case Op::task_start:
    case Op::task_end:
    case Op::task_join:
    case Op::chan_send:
    case Op::chan_recv:
    case Op::chan_done:
    case Op::chan_close:
    case Op::chan_timer_send: return true;
    default: return false;
  }
}

}  // namespace tenter::analysis
