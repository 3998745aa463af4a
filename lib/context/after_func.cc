// Functions that run once a context is done.
#include "context/tree.h"
#include "task/call.h"
#include "task/scheduler.h"

extern "C" __attribute__((weak)) void __lsan_ignore_object(const void* object);

namespace tenter::detail {
namespace {

void let_go(ContextFunction& function) {
  ContextList dead;
  {
    const FutexGuard guard(function.lock);
    let_go(function, dead);
  }
  destroy(dead);
}

void run_function(void* closure) {
  auto& function = *static_cast<ContextFunction*>(closure);
  TENTER_ANNOTATE(tenter_acquire(&function));
  function.function.call(function.function.object);
  function.function.destroy(function.function.object);
  let_go(function);
}

}  // namespace

void destroy_unrun(ContextFunction& function) {
  TENTER_ANNOTATE(tenter_acquire(&function));  // after whoever made it
  function.function.destroy(function.function.object);
  TENTER_ANNOTATE(tenter_task_destroy(function.record));
}

void start(ContextFunction& function) {
  Scheduler& scheduler = Scheduler::instance();
  if (function.run_serial != scheduler.run_serial.load(std::memory_order_acquire)) {
    // It ended with its main task, like the tasks: it is not run, and what it holds is not destroyed.
    TENTER_ANNOTATE(tenter_task_destroy(function.record));
    if (__lsan_ignore_object != nullptr) { __lsan_ignore_object(function.function.object); }
    let_go(function);
    return;
  }
  Task* const task = scheduler.prepare(0, "after_func");
  scheduler.launch(task, &run_function, &function, function.created_at, function.record, function.scope);
}

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

}  // namespace tenter::detail
