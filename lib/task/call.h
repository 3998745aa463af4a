// The library is compiled without callbacks, so a recorder sees nobody enter it. Every function that the program calls
// therefore says by itself from where it was called, and what it records has the program's line in its stack.
//
//   void Mutex::lock() {
//     const detail::Call call(__builtin_return_address(0));
//
// The frame belongs to the running task, moves with it from worker to worker, and goes with an exception. Without a
// recorder it costs three tests and keeps the place for the report of a program that sleeps for good. Not for code that
// runs on a worker's own stack.
//
// An operation that usually is one step on one word begins with that step, where nothing records, and leaves the rest to a
// function that is told the call site; so the usual case saves no registers and makes no frame. Whether anything records it
// learns from a test that it makes anyway, that of its budget (charge_quickly() in task/agent.h):
//
//   void Mutex::lock() {
//     std::uint32_t expected = 0;
//     if (charge_quickly() && state_.compare_exchange_strong(expected, locked)) [[likely]] { return; }
//     lock_fully(__builtin_return_address(0));
//   }
//
// What takes longer but is frequent, such as handing a value over, is compiled twice: once for a process in which nobody can
// record, which the same test tells, and once for all others (CallOf<false>, CallOf<true>).
#pragma once
#include <cstddef>

#include <tenter/annotate.h>

#include "task/per_thread.h"

namespace tenter::detail {

// Where the program called the library; null while it does not. Moves with the task: see Worker::leave().
using CalledFrom = PerThread<struct CalledFromTag, const void*>;

template <bool may_be_heard>
class CallOf {
 public:
  [[gnu::always_inline]] explicit CallOf(const void* call_site) : is_outermost_(CalledFrom::get() == nullptr) {
    if (is_outermost_) { CalledFrom::set(call_site); }
    if constexpr (may_be_heard) {
      if (tenter_recording() && tenter_enter != nullptr) { entered_ = tenter_enter(call_site); }
    }
  }
  [[gnu::always_inline]] ~CallOf() {
    if (may_be_heard && entered_ != 0) { tenter_leave(entered_); }
    if (is_outermost_) { CalledFrom::set(nullptr); }
  }
  CallOf(const CallOf&) = delete;
  CallOf& operator=(const CallOf&) = delete;

 private:
  const bool is_outermost_;
  std::size_t entered_ = 0;
};
using Call = CallOf<true>;

// An annotation in code of which there are two copies. The one that runs where no recorder is does not ask at each step.
#define TENTER_ANNOTATE_IF(may_be_heard, call)             \
  do {                                                     \
    if constexpr (may_be_heard) { TENTER_ANNOTATE(call); } \
  } while (0)

}  // namespace tenter::detail
