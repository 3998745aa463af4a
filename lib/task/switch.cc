// A worker goes from stack to stack: into a task, from one task to the next, and out of a task for good.
#include "task/scheduler.h"

#include <pthread.h>

#include <cstdlib>
#include <exception>

#include <tenter/error.h>

#include "task/sanitizer_fibers.h"
#include "task/stack_switch.h"

namespace tenter::detail {

void Worker::run(Task* task) {
  current_ = task;
  from_ = nullptr;
  TENTER_ANNOTATE(tenter_task_switch(task->record_));
  announce_switch(&loop_fake_stack_, task->stack_begin_, task->stack_size_);
  void* const to = task->context_;
  announce_fiber(task->fiber_);
  const Arrival arrival = switch_stack(to, this);
  announce_arrival(loop_fake_stack_);
  settle(arrival.from);
}

__attribute__((noinline)) void Worker::leave(Task* next, After after) {
  Task* const self = current_;
  if (self->has_canary_ && !self->canary_lives()) [[unlikely]] { die_of_overrun(*self); }
  if (exceptions_->caught != nullptr || exceptions_->uncaught != 0) [[unlikely]] {
    self->exceptions_ = *exceptions_;
    self->needs_ |= Task::needs_exceptions;
  } else {
    self->needs_ &= static_cast<std::uint8_t>(~Task::needs_exceptions);
  }
  const void* const place = CalledFrom::get();
  from_ = self;
  after_ = after;
  current_ = next;
  if (when_left_ != 0) [[unlikely]] { see_to_leaving(next); }
  announce_switch(after == After::end ? nullptr : &self->fake_stack_,
                  next != nullptr ? next->stack_begin_ : thread_stack_,
                  next != nullptr ? next->stack_size_ : thread_stack_size_);
  void* const to = next != nullptr ? next->context_ : loop_context_;
  announce_fiber(next != nullptr ? next->fiber_ : loop_fiber_);
  const Arrival arrival = switch_stack(to, this);
  // Back again, perhaps on another worker: `this` is the one that was left.
  auto* const worker = static_cast<Worker*>(arrival.data);
  announce_arrival(self->fake_stack_);
  worker->settle(arrival.from);
  *worker->exceptions_ = (self->needs_ & Task::needs_exceptions) != 0 ? self->exceptions_ : ExceptionState{};
  CalledFrom::set(place);
}

// Last, because a recorder is told right before the switch.
__attribute__((noinline)) void Worker::see_to_leaving(Task* next) {
  if ((when_left_ & timer_added) != 0) {
    when_left_ &= static_cast<std::uint8_t>(~timer_added);
    // On its way to the worker's own stack this worker will see to the timer itself.
    if (next != nullptr) { scheduler_.timer_added(true, scheduler_.timers.next(), false); }
  }
  TENTER_ANNOTATE(tenter_task_switch(next != nullptr ? next->record_ : nullptr));
}

__attribute__((noinline)) void Worker::settle(void* from_context) {
  Budget::set(scheduler_.calls_per_turn());
  CalledFrom::set(nullptr);
  Task* const from = from_;
  if (from == nullptr) {
    loop_context_ = from_context;
    return;
  }
  from->context_ = from_context;
  switch (after_) {
    case After::enqueue:
      if (is_helper()) {
        scheduler_.ready(from);  // back to the workers, one of which may have to be woken
      } else {
        push(from);
      }
      break;
    case After::park: {
      from->times_parked_.store(from->times_parked_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
      std::uint32_t expected = Agent::parking;
      if (!from->state_.compare_exchange_strong(expected, Agent::parked, std::memory_order_acq_rel,
                                                std::memory_order_acquire)) {
        scheduler_.ready(from);  // it was woken on its way out
      }
      break;
    }
    case After::end:
      TENTER_ANNOTATE(tenter_task_destroy(from->record_));
      destroy_fiber(from->fiber_);
      StackPool::instance().release(stacks_, from);
      break;
    case After::help: {
      FutexGuard guard(scheduler_.lock_);
      ++scheduler_.helpers_busy_;
      Worker* helper = scheduler_.helpers_;
      if (helper != nullptr) {
        scheduler_.helpers_ = helper->next_helper_;
        helper->help_with_ = from;
        helper->doze_.store(1, std::memory_order_release);  // pairs with the acquire in help()
        futex_wake(helper->doze_);
      } else {
        helper = new Worker(scheduler_, -1);
        helper->help_with_ = from;
        helper->doze_.store(1, std::memory_order_release);
        pthread_t thread{};
        if (pthread_create(&thread, nullptr, &Scheduler::helper_main, helper) != 0) {
          // No thread to be had: the call then holds up this worker, which is slower but not wrong.
          delete helper;
          --scheduler_.helpers_busy_;
          push(from);
          break;
        }
        pthread_detach(thread);
        ++scheduler_.helpers_created_;
      }
      break;
    }
  }
}

void Scheduler::task_main(void* from_context, void* worker_before) {
  Task* self = nullptr;
  {
    auto* const worker = static_cast<Worker*>(worker_before);
    self = worker->current_;
    announce_arrival(nullptr);
    worker->settle(from_context);
    *worker->exceptions_ = ExceptionState{};
  }
  TENTER_ANNOTATE(tenter_task_start(self->record_));
  try {
    self->entry_(self->closure_);
  } catch (const Error& error) { die_of_exception(*self, error.what(), true); } catch (const std::exception& error) {
    die_of_exception(*self, error.what(), false);
  } catch (...) { die_of_exception(*self, nullptr, false); }
  instance().end_current(self);
}

void Scheduler::end_current(Task* self) {
  TENTER_ANNOTATE(tenter_task_end(self->record_));
  if (self->is_main_) [[unlikely]] { end_run(); }
  Worker* const here = worker();
  self->phase_.store(Task::Phase::unused, std::memory_order_release);
  if (self->scope_ != nullptr) [[unlikely]] { leave_leak_scope(self); }
  self->run_->remove(here->index_);
  here->leave(here->pick(false), After::end);
  std::abort();  // the stack is not switched to again
}

}  // namespace tenter::detail
