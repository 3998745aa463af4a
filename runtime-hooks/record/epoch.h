// Which events end an epoch of their task's access filter (access_filter.h): all out of which the analyzer may find an edge to
// another task.
#pragma once
#include "trace/event.h"

namespace tenter::record {

// Publishes what the task did so far, if it writes or is a fence.
constexpr bool is_release(std::uint8_t order) {
  return order >= static_cast<std::uint8_t>(trace::MemoryOrder::release);
}

// `flags`: of an atomic operation or a fence, its order.
constexpr bool ends_epoch(trace::Op op, std::uint8_t flags) {
  using trace::Op;
  switch (op) {
    // Publish where their order says so.
    case Op::atomic_store:
    case Op::atomic_rmw:
    case Op::fence: return is_release(flags);
    // What only takes what others released, or orders nothing at all.
    case Op::atomic_load:  // in any order: who reads releases nothing
    case Op::lock_acquire:
    case Op::cond_wake:
    case Op::once_begin:
    case Op::once_pass:
    case Op::barrier_leave:
    case Op::sem_wait:
    case Op::lock_look:
    case Op::sem_look:
    case Op::chan_look:
    case Op::acquire:
    case Op::wg_pass:
    case Op::futex_wake:
    case Op::task_start:
    case Op::task_join:
    case Op::task_stack:
    case Op::handle_birth:
    case Op::handle_death: return false;
    default: return trace::is_ordered(op);
  }
}

}  // namespace tenter::record
