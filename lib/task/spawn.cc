// How tasks begin, and how all of them end with their main task.
#include "task/census.h"
#include "task/scheduler.h"

#include <tenter/error.h>
#include <tenter/task.h>

#include "task/sanitizer_fibers.h"
#include "task/stack_switch.h"

namespace tenter::detail {
namespace {

constexpr std::uint64_t ids_at_once = 1024;

}  // namespace

Task* Scheduler::prepare(std::size_t stack_size, std::string name) {
  std::unique_ptr<const std::string> kept_name;
  if (!name.empty()) { kept_name = std::make_unique<const std::string>(std::move(name)); }
  Worker* const here = worker();
  Task* task = nullptr;
  if (here != nullptr && stack_size == 0) {
    task = StackPool::instance().acquire(here->stacks_);
  } else {
    task = StackPool::instance().acquire(stack_size);
  }
  task->name_ = std::move(kept_name);
  task->is_main_ = false;
  if (tenter_fresh_memory != nullptr) { tenter_fresh_memory(task->stack_begin_, task->stack_size_); }
  if (here != nullptr) {
    if (here->next_id_ == here->ids_end_) {
      const std::uint64_t block = decisions_ != nullptr ? 1 : ids_at_once;
      here->next_id_ = next_ids_.fetch_add(block, std::memory_order_relaxed);
      here->ids_end_ = here->next_id_ + block;
    }
    task->id_ = here->next_id_++;
  } else {
    task->id_ = next_ids_.fetch_add(1, std::memory_order_relaxed);
  }
  return task;
}

void Scheduler::discard(Task* task) {
  task->name_.reset();
  StackPool::instance().release(task);
}

void Scheduler::launch(Task* task, void (*entry)(void*), void* closure, const void* created_at, void* record,
                       LeakScopeCore* scope) {
  Worker* const here = worker();
  task->entry_ = entry;
  task->closure_ = closure;
  task->created_at_ = created_at;
  task->record_ = record;
  task->waits_for.store(WaitKind::none, std::memory_order_relaxed);
  task->blocking_depth_ = 0;
  task->has_brief_brood_ = false;
  task->needs_ = 0;
  task->fake_stack_ = nullptr;
  task->fiber_ = create_fiber();
  task->state_.store(Agent::awake, std::memory_order_relaxed);
  const Task* const parent = here != nullptr ? here->current_ : nullptr;
  // The child of an abandoned task is abandoned, too.
  task->run_ = parent != nullptr ? parent->run_ : run();
  if (scope == nullptr) { scope = parent != nullptr ? parent->children_scope_ : current_leak_scope(); }
  enter_leak_scope(task, scope);
  // The closure lies at the top of the stack where it fits; the stack proper begins below it.
  char* const top = closure >= task->stack_begin_ && closure < static_cast<void*>(task) ? static_cast<char*>(closure)
                                                                                        : reinterpret_cast<char*>(task);
  task->context_ =
      make_stack_context<&task_main>(task->stack_begin_, static_cast<std::size_t>(top - task->stack_begin_));
  task->run_->add(here != nullptr ? here->index_ : Run::nobody);
  if (record != nullptr && tenter_task_stack != nullptr) { tenter_task_stack(record, task->stack_begin_); }
  task->phase_.store(Task::Phase::live, std::memory_order_release);
  ready(task);
}

// After the main task's end was told: the program may be over as soon as run() returns.
void Scheduler::end_run() {
  Agent& waiter = *in_run_waiter_;
  if (LeakScopeCore::any_exist()) { run()->left_waiting = Census::left_waiting(); }
  begin_next_run();
  if (decisions() != nullptr) { forget_left_over(); }
  leave_run();
  unpark(waiter);
}

void Scheduler::leave_run() {
  StackPool::instance().set_usual_size(0);
  FutexGuard guard(lock_);
  in_run_ = false;
}

void Scheduler::begin_next_run() {
  FutexGuard guard(lock_);
  Run* const old = run();
  Run* fresh = nullptr;
  for (Run*& retired : retired_runs_) {
    if (retired->live() == 0) {  // nobody refers to it any more
      fresh = retired;
      fresh->left_waiting = false;
      retired = old;
      break;
    }
  }
  if (fresh == nullptr) {
    retired_runs_.push_back(old);
    fresh = new Run;
  }
  run_.store(fresh, std::memory_order_release);
  run_serial.fetch_add(1, std::memory_order_release);
}

void Scheduler::run_main(const RunOptions& options, void (*entry)(void*), void* closure, const void* created_at) {
  if (worker() != nullptr) { throw Error("run() was called by a task; start tasks with go()"); }
  {
    FutexGuard guard(lock_);
    if (in_run_) { throw Error("run() was called while another thread is inside run()"); }
    in_run_ = true;
  }
  ThreadAgent& self = this_thread_agent();
  struct Main {
    void (*entry)(void*);
    void* closure;
    Agent* waiter;
  } main_task{entry, closure, &self};
  self.prepare();
  self.waits_in_run = true;
  in_run_waiter_ = &self;
  Task* task = nullptr;
  try {
    StackPool::instance().set_usual_size(options.stack_size);
    task = prepare(0, "main");
  } catch (...) {
    self.waits_in_run = false;
    leave_run();
    throw;
  }
  task->is_main_ = true;
  void* record = nullptr;
  TENTER_ANNOTATE(record = tenter_task_create(0, "main", 4));
  launch(
      task,
      [](void* argument) {
        auto& body = *static_cast<Main*>(argument);
        body.entry(body.closure);
        TENTER_ANNOTATE(tenter_release(body.waiter));  // what the main task did happened before run() returns
      },
      &main_task, created_at, record);
  self.park();
  self.waits_in_run = false;
  TENTER_ANNOTATE(tenter_acquire(&self));
}

}  // namespace tenter::detail
