// For recorders: which cancel functions a task holds that waits for a context. A cancel function keeps what it cancels on
// the heap, so where that lies does not tell whose it is; the function objects that refer to it do.
#pragma once
#include "task/agent.h"

namespace tenter::detail {

// Tells (see tenter_handle_birth()) of those in the task's closure, where that is on its stack. Nothing where nobody wants
// to hear of handles, or where a plain thread waits. `self` is running.
void tell_of_held_cancellers(const Agent& self) noexcept;

}  // namespace tenter::detail
