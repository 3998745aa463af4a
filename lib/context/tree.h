// What the sources of this folder share: how a tree is cancelled, and what becomes of its parts.
#pragma once
#include <exception>

#include "context/context.h"

namespace tenter::detail {

constexpr int canceled = static_cast<int>(context_errc::canceled);
constexpr int deadline_exceeded = static_cast<int>(context_errc::deadline_exceeded);

FutexLock& lock_of_new_tree();

// The caller has found that the context is done, and comes after whoever cancelled it. The tree is locked.
void observe_done_locked(CancelableContext& context);

// For recorders: the timer, and whoever can cancel the parent, could cancel the context, too, as if there were a cancel
// function at that address (see tenter_handle_birth()). The address for a parent is that of its channel. Nothing need be told
// of a context that is cancelled.
inline void tell_of_canceller(const CancelableContext& context, const void* canceller, bool begins) {
  if (!tenter_hears_of_handles()) { return; }
  if (begins) {
    tenter_handle_birth(context.done, canceller, can_send | can_receive | 4 | 8);
  } else {
    tenter_handle_death(context.done, canceller, can_send | can_receive);
  }
}

// One keeper less. If it was the last of a forgotten child, the child is dead, and so may be its own children, which
// nobody can cancel any more. The tree is locked.
void let_go(ContextChild& child, ContextList& dead);

// Frees what let_go() has collected; no lock is held.
void destroy(const ContextList& dead);

// The timer queue and the tree are locked.
void disarm_locked(CancelableContext& context);

// Starts a function that is no longer pending and that the caller keeps.
void start(ContextFunction& function);

// Of a function that is no longer pending and will not run.
void destroy_unrun(ContextFunction& function);

// Contexts that are being cancelled, and what remains to be done for them after the tree was unlocked.
class Cancellation {
 public:
  // With the tree locked; `top` is not done yet.
  void cancel(CancelableContext& top, int reason, const std::exception_ptr& cause);
  void finish(bool timers_are_locked);

 private:
  ContextList contexts_;
  ContextList functions_;
  FutexLock* lock_ = nullptr;
  bool has_timers_ = false;
};

}  // namespace tenter::detail
