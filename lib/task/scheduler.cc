// What all workers share: the global queue, and the ways by which a task gives up its worker and comes back.
#include "task/scheduler.h"

#include <sched.h>

#include "task/environment.h"

namespace tenter::detail {
namespace {

int workers_from_environment() {
  if (const auto asked = size_from_environment("TENTER_MAX_WORKERS")) {
    if (*asked == 0) { return 1; }
    return *asked < most_workers ? static_cast<int>(*asked) : most_workers;
  }
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) {
    const int count = CPU_COUNT(&set);
    if (count > 0) { return count < most_workers ? count : most_workers; }
  }
  return 1;
}

constexpr std::int64_t brief_ns = 1'000;

}  // namespace

Scheduler::Scheduler() : max_workers_(workers_from_environment()), run_(new Run) {
  watch_for_overflows();
  count_sleepers_locked();
  if (Decisions* const decisions = decisions_from_environment()) { install(decisions); }
}

__attribute__((noinline)) Scheduler& Scheduler::make() {
  static Scheduler* const scheduler = new Scheduler;  // never destroyed: workers run until the process ends
  instance_.store(scheduler, std::memory_order_release);
  return *scheduler;
}

void Scheduler::push_global(std::span<Task* const> tasks) {
  FutexGuard guard(lock_);
  if (decisions_ != nullptr) [[unlikely]] {
    push_decidable_locked(tasks);
    return;
  }
  global_.push(tasks);
  global_size_.store(global_.size(), std::memory_order_seq_cst);
}

void Scheduler::push_global(Task* task) { push_global(std::span(&task, 1)); }

Task* Scheduler::pop_global(Worker& worker) {
  while (global_size_.load(std::memory_order_relaxed) > 0) {
    std::array<Task*, RunQueue::capacity / 2> taken;
    std::size_t count = 0;
    {
      FutexGuard guard(lock_);
      const std::size_t size = global_.size();
      if (size == 0 || decisions_ != nullptr) { return nullptr; }  // one that still looked while they were installed
      // A fair share, and no more than half a queue.
      count = std::min({size / static_cast<std::size_t>(max_workers()) + 1, size, taken.size()});
      global_.pop(std::span(taken).first(count));
      global_size_.store(global_.size(), std::memory_order_relaxed);
    }
    for (std::size_t i = 0; i < std::min<std::size_t>(count, 2 * RunQueue::burst); ++i) {
      Task::prefetch_to_run(taken[i]);
    }
    // Whether the others are abandoned is asked when their turn has come: that is the first time that they are touched.
    for (std::size_t i = 0; i < count; ++i) {
      if (abandoned(taken[i])) { continue; }
      for (std::size_t k = i + 1; k < count; ++k) { worker.push(taken[k]); }
      return taken[i];
    }
  }
  return nullptr;
}

void Scheduler::ready(Task* task) {
  Worker* const here = worker();
  if (here != nullptr && !here->is_helper() && decisions_ == nullptr) {
    if (Task* previous = here->run_next_.exchange(task, std::memory_order_seq_cst)) {
      here->push_and_look(previous);  // pairs with the fence in idle()
    } else if (here->current_ == nullptr) {
      return;  // a worker that runs no task is about to look there itself
    } else if (here->watched_.load(std::memory_order_seq_cst)) {
      return;  // by one who looks there again after it has ceased to watch
    }
  } else {
    push_global(task);
  }
  wake_if_needed();
}

void Scheduler::park_current() {
  Worker* const here = worker();
  Task* const self = here->current_;
  if (self->state_.load(std::memory_order_acquire) == Agent::awake) { return; }  // woken already
  here->leave(here->pick(false), After::park);
  // Inside of blocking(): it was woken on a worker, which what is left of the call must not hold up.
  if ((self->needs_ & Task::needs_helper) != 0) [[unlikely]] { help_current(); }
}

bool Scheduler::yield_current() {
  Worker* const here = worker();
  if (here == nullptr || here->current_ == nullptr) {
    sched_yield();
    return true;
  }
  if (here->is_helper() && !abandoned(here->current_)) { return false; }
  Task* const next = here->pick(false);
  if (next == nullptr && !here->wants_loop_ && !abandoned(here->current_)) { return false; }
  here->leave(next, After::enqueue);
  return true;
}

// Whoever starts many brief tasks lets them run in small broods, while what it wrote for them is still in the cache, and
// takes the stacks of those that have ended for the next ones. Are they brief? What they took last time is asked: a microsecond
// for each is. Where they are not, the one who starts them had better go on, so that other workers have something to do.
void Scheduler::end_turn() {
  Task& self = *worker()->current_;
  const std::int32_t started = self.has_brief_brood_ ? brood : full_budget;  // at most
  const std::int64_t start = now_ns();
  if (yield_current()) { self.has_brief_brood_ = now_ns() - start <= started * brief_ns; }
}

std::int32_t Scheduler::price_of_spawn() {
  const Worker* const here = worker();
  return here != nullptr && here->current_ != nullptr && here->current_->has_brief_brood_ ? full_budget / brood : 1;
}

void Scheduler::begin_help() {
  Worker* const here = worker();
  if (here == nullptr || here->current_ == nullptr) { return; }
  Task& self = *here->current_;
  self.needs_ |= Task::needs_helper;
  if (self.blocking_depth_++ == 0) { help_current(); }
}

__attribute__((noinline)) void Scheduler::help_current() {
  Worker* const here = worker();
  if (!here->is_helper()) { here->leave(here->pick(false), After::help); }
}

void Scheduler::end_help() {
  Worker* const here = worker();
  if (here == nullptr || here->current_ == nullptr || --here->current_->blocking_depth_ > 0) { return; }
  here->current_->needs_ &= static_cast<std::uint8_t>(~Task::needs_helper);
  if (here->is_helper()) { here->leave(nullptr, After::enqueue); }
}

}  // namespace tenter::detail
