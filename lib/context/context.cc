#include "context/context.h"

#include <utility>

#include "channel/channel.h"
#include "context/tree.h"
#include "task/call.h"
#include "task/clock.h"
#include "task/scheduler.h"

namespace tenter::detail {

FutexLock& lock_of_new_tree() {
  struct alignas(64) Stripe {
    FutexLock lock;
  };
  static constinit Stripe stripes[64]{};
  static constinit std::atomic<std::uint32_t> trees{0};
  return stripes[trees.fetch_add(1, std::memory_order_relaxed) % 64].lock;
}

namespace {

CancelableContext* derive(ContextCore* parent, std::int64_t deadline, std::exception_ptr deadline_cause) {
  CancelableContext* const owner = parent != nullptr ? parent->nearest : nullptr;
  auto* const context = new CancelableContext(parent, owner != nullptr ? owner->lock : lock_of_new_tree());
  if (parent != nullptr) { parent->retain(); }
  const bool has_own_deadline = deadline != never && (owner == nullptr || deadline < owner->deadline);
  context->deadline = has_own_deadline ? deadline : owner != nullptr ? owner->deadline : never;
  Cancellation cancellation;
  Scheduler& scheduler = Scheduler::instance();
  const bool has_passed = has_own_deadline && deadline <= clock_ns();
  const bool arms = has_own_deadline && !has_passed;
  bool is_first = false;
  if (arms) { scheduler.timers.lock.lock(); }
  {
    const FutexGuard guard(context->lock);
    const int reason = owner != nullptr ? owner->error.load(std::memory_order_relaxed) : 0;
    if (reason != 0) {
      observe_done_locked(*owner);
      cancellation.cancel(*context, reason, owner->cause);
    } else if (has_passed) {
      cancellation.cancel(*context, deadline_exceeded, deadline_cause);
    } else {
      context->done->set_due(context->deadline != never);
      if (owner != nullptr) {
        owner->add_child(*context);
        tell_of_canceller(*context, owner->done, true);
      }
      if (arms) {
        tell_of_canceller(*context, static_cast<TimerEntry*>(context), true);
        context->deadline_cause = std::move(deadline_cause);
        context->has_timer = true;
        ++context->keepers;
        is_first = scheduler.timers.add_locked(*context, deadline);
      }
    }
  }
  if (arms) {
    scheduler.timers.lock.unlock();
    scheduler.timer_added(is_first, deadline, false);
  }
  cancellation.finish(false);
  return context;
}

// The last handle of the context is gone.
void forget(CancelableContext& context) {
  std::exception_ptr causes[2];
  ContextList dead;
  bool gives_up_timer = false;
  {
    const FutexGuard guard(context.lock);
    context.forgotten = true;
    ++context.keepers;  // while we are busy with it
    causes[0].swap(context.cause);
    causes[1].swap(context.deadline_cause);
    const bool can_be_cancelled = context.owner != nullptr || context.has_timer;
    const bool would_be_noticed = !context.done->is_last_reference() || context.first_child != nullptr;
    if (context.error.load(std::memory_order_relaxed) == 0 && !(can_be_cancelled && would_be_noticed)) {
      if (context.owner != nullptr) {
        context.owner->remove_child(context);
        --context.keepers;
      }
      gives_up_timer = context.has_timer;
    }
    if (!gives_up_timer) { let_go(context, dead); }
  }
  if (gives_up_timer) {
    const FutexGuard timers_guard(Scheduler::instance().timers.lock);
    const FutexGuard guard(context.lock);
    disarm_locked(context);
    let_go(context, dead);
  }
  destroy(dead);
}

void release(ContextCore* context) {
  while (context != nullptr && context->drop_handle()) {
    ContextCore* const parent = context->parent;
    switch (context->kind) {
      case ContextCore::Kind::cancelable: forget(*context->nearest); break;
      case ContextCore::Kind::detached: delete static_cast<DetachedContext*>(context); break;
      case ContextCore::Kind::value: {
        const Unseen unseen;
        delete static_cast<ValueContext*>(context);
        break;
      }
    }
    context = parent;
  }
}

}  // namespace

ValueContext::ValueContext(ContextCore* its_parent, std::unique_ptr<ContextEntry> its_entry)
    : ContextCore(Kind::value, its_parent, its_parent != nullptr ? its_parent->nearest : nullptr),
      entry(std::move(its_entry)) {}

CancelableContext::CancelableContext(ContextCore* its_parent, FutexLock& tree_lock)
    : ContextCore(Kind::cancelable, its_parent, this),
      ContextChild(tree_lock, false),
      done(ChannelCore::make(element_ops<Unit>, 0)) {
  done->become_done();
}

CancelableContext::~CancelableContext() {
  // Perhaps on a worker's own stack, so not by channel_release().
  if (done->drop_reference()) { done->destroy(); }
}

void CancelableContext::add_child(ContextChild& child) {
  child.owner = this;
  child.previous = last_child;
  child.next = nullptr;
  (last_child != nullptr ? last_child->next : first_child) = &child;
  last_child = &child;
  ++child.keepers;
}

// Its keeper passes to the caller.
void CancelableContext::remove_child(ContextChild& child) {
  (child.previous != nullptr ? child.previous->next : first_child) = child.next;
  (child.next != nullptr ? child.next->previous : last_child) = child.previous;
  child.owner = nullptr;
  child.previous = nullptr;
  child.next = nullptr;
}

// ---- <tenter/context.h> --------------------------------------------------------------------------------------------

void context_retain(ContextCore* context) noexcept { context->retain(); }

void context_release(ContextCore* context) noexcept {
  const Call call(__builtin_return_address(0));
  release(context);
}

ContextCore* context_derive(ContextCore* parent) {
  const Call call(__builtin_return_address(0));
  charge();
  return derive(parent, never, nullptr);
}

ContextCore* context_derive_until(ContextCore* parent, TimePoint deadline, std::exception_ptr cause) {
  const Call call(__builtin_return_address(0));
  charge();
  // std::chrono::steady_clock is CLOCK_MONOTONIC in both standard libraries on Linux.
  const std::int64_t when = std::chrono::duration_cast<Duration>(deadline.time_since_epoch()).count();
  return derive(parent, when == never ? never - 1 : when, std::move(cause));
}

ContextCore* context_derive_for(ContextCore* parent, Duration duration, std::exception_ptr cause) {
  const Call call(__builtin_return_address(0));
  charge();
  std::int64_t when = 0;
  if (__builtin_add_overflow(clock_ns(), duration.count(), &when) || when == never) { when = never - 1; }
  return derive(parent, when, std::move(cause));
}

ContextCore* context_add(ContextCore* parent, std::unique_ptr<ContextEntry> entry) {
  const Call call(__builtin_return_address(0));
  charge();
  auto* const context = new ValueContext(parent, std::move(entry));
  if (parent != nullptr) { parent->retain(); }
  return context;
}

ContextCore* context_detach(ContextCore* parent) {
  const Call call(__builtin_return_address(0));
  charge();
  auto* const context = new DetachedContext(parent);
  if (parent != nullptr) { parent->retain(); }
  return context;
}

const ContextEntry* context_find(const ContextCore* context, const std::type_info& key_type, const void* key) {
  const Call call(__builtin_return_address(0));
  charge();
  for (; context != nullptr; context = context->parent) {
    if (context->kind != ContextCore::Kind::value) { continue; }
    const ContextEntry& entry = *static_cast<const ValueContext*>(context)->entry;
    if (entry.has_key(key_type, key)) { return &entry; }
  }
  return nullptr;
}

}  // namespace tenter::detail
