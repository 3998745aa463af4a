#include "context/context.h"

#include <utility>

#include "channel/channel.h"
#include "task/call.h"
#include "task/clock.h"
#include "task/scheduler.h"

namespace tenter {

// ---- what contexts end with ----------------------------------------------------------------------------------------

namespace {

class ContextCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "tenter.context"; }
  std::string message(int reason) const override {
    switch (static_cast<context_errc>(reason)) {
      case context_errc::canceled: return "context canceled";
      case context_errc::deadline_exceeded: return "context deadline exceeded";
    }
    return "unknown context error";
  }
  std::error_condition default_error_condition(int reason) const noexcept override {
    switch (static_cast<context_errc>(reason)) {
      case context_errc::canceled: return std::errc::operation_canceled;
      case context_errc::deadline_exceeded: return std::errc::timed_out;
    }
    return {reason, *this};
  }
};

// Never destroyed: tasks may look at it while the process ends.
union ImmortalCategory {
  constexpr ImmortalCategory() : category() {}
  ~ImmortalCategory() {}
  ContextCategory category;
};
constinit const ImmortalCategory immortal;

}  // namespace

const std::error_category& context_category() noexcept { return immortal.category; }

namespace detail {
namespace {

// The cause where nobody gave one. Made once and kept: no static local, whose guard a recorder would take for the
// program's.
std::exception_ptr default_cause(int reason) {
  static constinit std::atomic<std::exception_ptr*> causes[2]{};
  std::atomic<std::exception_ptr*>& place = causes[reason - 1];
  std::exception_ptr* cause = place.load(std::memory_order_acquire);
  if (cause == nullptr) {
    auto* const made = new std::exception_ptr(std::make_exception_ptr(ContextError(static_cast<context_errc>(reason))));
    if (place.compare_exchange_strong(cause, made, std::memory_order_acq_rel, std::memory_order_acquire)) {
      cause = made;
    } else {
      delete made;
    }
  }
  return *cause;
}

constexpr int canceled = static_cast<int>(context_errc::canceled);
constexpr int deadline_exceeded = static_cast<int>(context_errc::deadline_exceeded);

FutexLock& lock_of_new_tree() {
  struct alignas(64) Stripe {
    FutexLock lock;
  };
  static constinit Stripe stripes[64]{};
  static constinit std::atomic<std::uint32_t> trees{0};
  return stripes[trees.fetch_add(1, std::memory_order_relaxed) % 64].lock;
}

// The caller has found that the context is done, and comes after whoever cancelled it. The tree is locked.
void observe_done_locked(CancelableContext& context) {
  Unit nothing;
  context.done->try_once(false, &nothing);
}

// Returns when all below the context is done, too.
void observe_done(CancelableContext& context) {
  const FutexGuard guard(context.lock);
  observe_done_locked(context);
}

// ---- ends of life --------------------------------------------------------------------------------------------------

void destroy_unrun(ContextFunction& function) {
  TENTER_ANNOTATE(tenter_acquire(&function));  // after whoever made it
  function.function.destroy(function.function.object);
  TENTER_ANNOTATE(tenter_task_destroy(function.record));
}

// Frees what bury() has collected; no lock is held.
void destroy(const ContextList& dead) {
  for (ContextChild* child = dead.first; child != nullptr;) {
    ContextChild* const next = child->next;
    if (child->is_function) {
      auto* const function = static_cast<ContextFunction*>(child);
      if (function->is_pending) { destroy_unrun(*function); }
      delete function;
    } else {
      delete static_cast<CancelableContext*>(child);
    }
    child = next;
  }
}

// One keeper less. If it was the last of a forgotten child, the child is dead, and so may be its own children, which
// nobody can cancel any more. The tree is locked.
void let_go(ContextChild& child, ContextList& dead) {
  if (--child.keepers > 0 || !child.forgotten) { return; }
  dead.push(child);
  for (ContextChild* at = &child; at != nullptr; at = at->next) {
    if (at->is_function) { continue; }
    auto& context = static_cast<CancelableContext&>(*at);
    while (ContextChild* const orphan = context.first_child) {
      context.remove_child(*orphan);
      if (--orphan->keepers == 0 && orphan->forgotten) { dead.push(*orphan); }
    }
  }
}

void disarm_locked(CancelableContext& context) {
  if (context.has_timer && Scheduler::instance().timers.remove_locked(context)) {
    context.has_timer = false;
    --context.keepers;
  }
}

// ---- cancelling ----------------------------------------------------------------------------------------------------

void run_function(void* closure) {
  auto& function = *static_cast<ContextFunction*>(closure);
  TENTER_ANNOTATE(tenter_acquire(&function));
  function.function.call(function.function.object);
  function.function.destroy(function.function.object);
  ContextList dead;
  {
    const FutexGuard guard(function.lock);
    let_go(function, dead);
  }
  destroy(dead);
}

// Starts a function that is no longer pending and that the caller keeps.
void start(ContextFunction& function) {
  Scheduler& scheduler = Scheduler::instance();
  if (function.run_serial != scheduler.run_serial.load(std::memory_order_acquire)) {
    // It ended with its main task, like the tasks: nothing of it is run or destroyed.
    TENTER_ANNOTATE(tenter_task_destroy(function.record));
    return;
  }
  Task* const task = scheduler.prepare(0, "after_func");
  scheduler.launch(task, &run_function, &function, function.created_at, function.record, function.scope);
}

// Contexts that are being cancelled, and what remains to be done for them after the tree was unlocked.
class Cancellation {
 public:
  // With the tree locked; `top` is not done yet.
  void cancel(CancelableContext& top, int reason, const std::exception_ptr& cause) {
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

  void finish(bool timers_are_locked) {
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

 private:
  ContextList contexts_;
  ContextList functions_;
  FutexLock* lock_ = nullptr;
  bool has_timers_ = false;
};

// ---- life ----------------------------------------------------------------------------------------------------------

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
      if (owner != nullptr) { owner->add_child(*context); }
      if (arms) {
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

ValueContext::ValueContext(ContextCore* its_parent, std::unique_ptr<ContextEntry> its_entry)
    : ContextCore(Kind::value, its_parent, its_parent != nullptr ? its_parent->nearest : nullptr),
      entry(std::move(its_entry)) {}

CancelableContext::CancelableContext(ContextCore* its_parent, FutexLock& tree_lock)
    : ContextCore(Kind::cancelable, its_parent, this),
      ContextChild(tree_lock, false),
      done(ChannelCore::make(element_ops<Unit>, 0)) {}

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

bool CancelableContext::can_wake() const {
  const FutexGuard guard(lock);
  const std::uint64_t run_serial = Scheduler::instance().run_serial.load(std::memory_order_acquire);
  return any_below(*this, [run_serial](const ContextChild& child) {
    return child.is_function ? static_cast<const ContextFunction&>(child).run_serial == run_serial
                             : static_cast<const CancelableContext&>(child).done->has_receiver();
  });
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

ChannelCore* context_done(const ContextCore* context) {
  if (context == nullptr || context->nearest == nullptr) { return nullptr; }
  context->nearest->done->retain();
  return context->nearest->done;
}

std::error_code context_err(const ContextCore* context) {
  const Call call(__builtin_return_address(0));
  charge();
  if (context == nullptr || context->nearest == nullptr) { return {}; }
  const int reason = context->nearest->error.load(std::memory_order_acquire);
  if (reason == 0) { return {}; }
  observe_done(*context->nearest);
  return static_cast<context_errc>(reason);
}

std::exception_ptr context_cause(const ContextCore* context) {
  const Call call(__builtin_return_address(0));
  charge();
  if (context == nullptr || context->nearest == nullptr) { return nullptr; }
  CancelableContext& nearest = *context->nearest;
  const int reason = nearest.error.load(std::memory_order_acquire);
  if (reason == 0) { return nullptr; }
  std::exception_ptr cause;
  {
    const FutexGuard guard(nearest.lock);
    observe_done_locked(nearest);
    cause = nearest.cause;
  }
  return cause != nullptr ? cause : default_cause(reason);
}

std::optional<TimePoint> context_deadline(const ContextCore* context) noexcept {
  if (context == nullptr || context->nearest == nullptr || context->nearest->deadline == never) { return std::nullopt; }
  return TimePoint(Duration(context->nearest->deadline));
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

// ---- after_func() --------------------------------------------------------------------------------------------------

ContextFunction* context_after(ContextCore* context, ErasedFunction function) {
  const Call call(__builtin_return_address(0));
  charge();
  CancelableContext* const nearest = context != nullptr ? context->nearest : nullptr;
  ContextFunction* made = nullptr;
  try {
    made = new ContextFunction(nearest != nullptr ? nearest->lock : lock_of_new_tree(), function);
  } catch (...) {
    function.destroy(function.object);
    throw;
  }
  made->created_at = __builtin_return_address(0);
  made->run_serial = Scheduler::instance().run_serial.load(std::memory_order_acquire);
  // Made by the caller, so that what it did happens before the function.
  TENTER_ANNOTATE(made->record = tenter_task_create(2, "after_func", 10));
  TENTER_ANNOTATE(tenter_release(made));
  if (nearest == nullptr) { return made; }
  bool is_done = false;
  {
    const FutexGuard guard(nearest->lock);
    is_done = nearest->error.load(std::memory_order_relaxed) != 0;
    if (!is_done) {
      nearest->add_child(*made);
    } else {
      observe_done_locked(*nearest);
      made->is_pending = false;
      ++made->keepers;
    }
  }
  if (is_done) {
    TENTER_ANNOTATE(tenter_release(made));
    start(*made);
  }
  return made;
}

void context_function_retain(ContextFunction* function) noexcept {
  function->handles.fetch_add(1, std::memory_order_relaxed);
}

void context_function_release(ContextFunction* function) noexcept {
  if (function->handles.fetch_sub(1, std::memory_order_acq_rel) != 1) { return; }
  const Call call(__builtin_return_address(0));
  ContextList dead;
  {
    const FutexGuard guard(function->lock);
    function->forgotten = true;
    ++function->keepers;
    let_go(*function, dead);
  }
  destroy(dead);
}

bool context_function_stop(ContextFunction* function) {
  const Call call(__builtin_return_address(0));
  charge();
  {
    const FutexGuard guard(function->lock);
    if (!function->is_pending) { return false; }
    function->is_pending = false;
    if (function->owner != nullptr) {
      function->owner->remove_child(*function);
      --function->keepers;
    }
  }
  destroy_unrun(*function);
  return true;
}

}  // namespace detail
}  // namespace tenter
