// How a context and all below it are cancelled, and how what nobody needs any more goes.
#include "channel/channel.h"
#include "context/tree.h"
#include "task/call.h"
#include "task/scheduler.h"

namespace tenter::detail {

void destroy(const ContextList& dead) {
  for (ContextChild* child = dead.first; child != nullptr;) {
    ContextChild* const next = child->next;
    if (child->is_function) {
      auto* const function = static_cast<ContextFunction*>(child);
      if (function->is_pending) { destroy_unrun(*function); }
      // Who keeps it is not recorded. So that the end of its memory is not told before its run:
      TENTER_ANNOTATE(tenter_release(function));
      delete function;
    } else {
      delete static_cast<CancelableContext*>(child);
    }
    child = next;
  }
}

void let_go(ContextChild& child, ContextList& dead) {
  if (--child.keepers > 0 || !child.forgotten) { return; }
  dead.push(child);
  for (ContextChild* at = &child; at != nullptr; at = at->next) {
    if (at->is_function) { continue; }
    auto& context = static_cast<CancelableContext&>(*at);
    while (ContextChild* const orphan = context.first_child) {
      context.remove_child(*orphan);
      if (!orphan->is_function) { tell_of_canceller(static_cast<CancelableContext&>(*orphan), context.done, false); }
      if (--orphan->keepers == 0 && orphan->forgotten) { dead.push(*orphan); }
    }
  }
}

void Cancellation::cancel(CancelableContext& top, int reason, const std::exception_ptr& cause) {
  ++top.keepers;
  if (top.owner != nullptr) {
    top.owner->remove_child(top);
    --top.keepers;
  }
  contexts_.push(top);
  lock_ = &top.lock;
  for (ContextChild* at = contexts_.first; at != nullptr; at = at->next) {
    auto& context = static_cast<CancelableContext&>(*at);
    if (!context.forgotten) { context.cause = cause; }
    context.error.store(reason, std::memory_order_release);  // pairs with the load in context_err()
    context.done->close();
    has_timers_ = has_timers_ || context.has_timer;
    // As their owner did, this keeps them.
    while (ContextChild* const child = context.first_child) {
      context.remove_child(*child);
      (child->is_function ? functions_ : contexts_).push(*child);
    }
  }
  for (ContextChild* at = functions_.first; at != nullptr; at = at->next) {
    auto& function = static_cast<ContextFunction&>(*at);
    function.is_pending = false;
    TENTER_ANNOTATE(tenter_release(&function));
  }
}

void Cancellation::finish(bool timers_are_locked) {
  for (ContextChild* at = functions_.first; at != nullptr;) {
    ContextChild* const next = at->next;
    start(static_cast<ContextFunction&>(*at));
    at = next;
  }
  if (contexts_.first == nullptr) { return; }
  FutexLock& timers_lock = Scheduler::instance().timers.lock;
  const bool lock_timers = has_timers_ && !timers_are_locked;
  ContextList dead;
  if (lock_timers) { timers_lock.lock(); }
  {
    const FutexGuard guard(*lock_);
    for (ContextChild* at = contexts_.first; at != nullptr;) {
      ContextChild* const next = at->next;
      if (has_timers_) { disarm_locked(static_cast<CancelableContext&>(*at)); }
      let_go(*at, dead);
      at = next;
    }
  }
  if (lock_timers) { timers_lock.unlock(); }
  destroy(dead);
}

void context_cancel(ContextCore* context, std::exception_ptr cause) {
  const Call call(__builtin_return_address(0));
  charge();
  CancelableContext& top = *context->nearest;
  Cancellation cancellation;
  {
    const FutexGuard guard(top.lock);
    if (top.error.load(std::memory_order_relaxed) == 0) { cancellation.cancel(top, canceled, cause); }
  }
  cancellation.finish(false);
}

}  // namespace tenter::detail
