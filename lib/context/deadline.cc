// Contexts as entries of the timer queue.
#include "channel/channel.h"
#include "context/tree.h"
#include "task/scheduler.h"

namespace tenter::detail {
namespace {

// Is there one for which f is true among the context and all below it? The tree is locked.
template <class F>
bool any_below(const CancelableContext& top, F f) {
  const ContextChild* const end = &top;
  for (const ContextChild* at = end;;) {
    if (f(*at)) { return true; }
    if (!at->is_function && static_cast<const CancelableContext*>(at)->first_child != nullptr) {
      at = static_cast<const CancelableContext*>(at)->first_child;
      continue;
    }
    while (at != end && at->next == nullptr) { at = at->owner; }
    if (at == end) { return false; }
    at = at->next;
  }
}

}  // namespace

void disarm_locked(CancelableContext& context) {
  if (context.has_timer && Scheduler::instance().timers.remove_locked(context)) {
    context.has_timer = false;
    --context.keepers;
  }
}

std::int64_t CancelableContext::fire(std::int64_t) {
  Cancellation cancellation;
  {
    const FutexGuard guard(lock);
    has_timer = false;
    if (error.load(std::memory_order_relaxed) == 0) { cancellation.cancel(*this, deadline_exceeded, deadline_cause); }
    // The timer kept it until now. So does whoever cancels it, before or here, until its timer is seen to.
    --keepers;
  }
  cancellation.finish(true);
  return never;
}

// The caller may hold the scheduler's lock, which comes after the tree's: whoever cancels takes both. So there is no
// waiting for the tree here; whoever has it is awake, and looks again before it sleeps.
bool CancelableContext::can_wake() const {
  if (!lock.try_lock()) { return true; }
  const std::uint64_t run_serial = Scheduler::instance().run_serial.load(std::memory_order_acquire);
  const bool wakes = any_below(*this, [run_serial](const ContextChild& child) {
    return child.is_function ? static_cast<const ContextFunction&>(child).run_serial == run_serial
                             : static_cast<const CancelableContext&>(child).done->has_receiver();
  });
  lock.unlock();
  return wakes;
}

void CancelableContext::add_targets(std::vector<TimerTarget>& targets) const {
  const FutexGuard guard(lock);
  const std::uint64_t run_serial = Scheduler::instance().run_serial.load(std::memory_order_acquire);
  any_below(*this, [&](const ContextChild& child) {
    if (!child.is_function) {
      static_cast<const CancelableContext&>(child).done->for_each_receiver(
          [&](const Agent& agent) { targets.push_back({when(), &agent, nullptr}); });
    } else if (const auto& function = static_cast<const ContextFunction&>(child); function.run_serial == run_serial) {
      targets.push_back({when(), nullptr, function.scope});
    }
    return false;
  });
}

std::optional<TimePoint> context_deadline(const ContextCore* context) noexcept {
  if (context == nullptr || context->nearest == nullptr || context->nearest->deadline == never) { return std::nullopt; }
  return TimePoint(Duration(context->nearest->deadline));
}

}  // namespace tenter::detail
