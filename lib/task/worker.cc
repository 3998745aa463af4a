// What a worker does next, and how it falls asleep when there is nothing.
#include "task/scheduler.h"

#include <cxxabi.h>
#include <pthread.h>

#include <algorithm>

#include "task/clock.h"
#include "task/random.h"
#include "task/sanitizer_fibers.h"

namespace tenter::detail {
namespace {

constexpr std::uint32_t longest_streak = 64;  // of tasks that wake each other, before others get a turn
constexpr std::uint32_t global_turn = 61;
constexpr std::uint32_t look_turn = 8;  // at the clock, timers and events
constexpr int spin_rounds = 5;
constexpr int pauses_per_round = 24;
constexpr std::int64_t first_poll_ns = 1'000'000;
constexpr std::int64_t longest_poll_ns = 128'000'000;
constexpr std::int64_t busy_look_ns = 100'000;  // how often workers that always have something to do look at events
// The watcher may get up for an event, and find itself a long task. Another idle worker takes over after this time.
constexpr std::int64_t relief_ns = 10'000'000;

// Of the virtual clock. No more than to the next deadline, so that it does not matter how the way there was divided.
void pass_time(std::int64_t duration, std::int64_t next) {
  const std::int64_t now = clock_ns();
  const std::int64_t then = duration < next - now ? now + duration : next;
  if (then > now) { virtual_now.store(then, std::memory_order_relaxed); }
}

constinit thread_local Worker* this_worker __attribute__((tls_model("initial-exec"))) = nullptr;

}  // namespace

Worker::Worker(Scheduler& scheduler, int index)
    : scheduler_(scheduler),
      index_(index),
      random_(mix(static_cast<std::uint64_t>(now_ns()) + reinterpret_cast<std::uintptr_t>(this))) {}

std::uint32_t Worker::random() {
  random_ += 0x9e3779b97f4a7c15u;
  return static_cast<std::uint32_t>(mix(random_) >> 32);
}

__attribute__((noinline)) Worker* Scheduler::worker() {
  // The barrier keeps the compiler from proving this function constant and remembering its answer across a switch.
  asm volatile("" ::: "memory");
  return this_worker;
}

bool Worker::timers_due() {
  const std::int64_t next = scheduler_.timers.next();
  return next != never && next <= clock_ns();
}

bool Worker::events_due() {
  const EventSource* const events = scheduler_.events_.load(std::memory_order_acquire);
  return events != nullptr && events->awaited() && scheduler_.watcher_.load(std::memory_order_relaxed) == nullptr &&
         now_ns() - events->last_look_ns() >= busy_look_ns;
}

// On the worker's own stack. True: tasks are ready here.
bool Worker::look_at_events() {
  EventSource* const events = scheduler_.events_.load(std::memory_order_acquire);
  if (events == nullptr || !events->awaited()) { return false; }
  Wakeable* const woken = events->wait(0);
  unpark_all(woken);
  return woken != nullptr;
}

Task* Worker::pick(bool in_loop) {
  if (is_helper()) { return nullptr; }
  if (scheduler_.decisions() != nullptr) [[unlikely]] {
    // Whoever gives up the worker is to be among those to choose from, so the worker's own stack chooses.
    wants_loop_ = !in_loop;
    return in_loop ? scheduler_.pick_decided() : nullptr;
  }
  if (is_crowded_ && !in_loop) [[unlikely]] {
    wants_loop_ = true;
    return nullptr;
  }
  const std::uint32_t tick = tick_.load(std::memory_order_relaxed) + 1;
  tick_.store(tick, std::memory_order_relaxed);
  if (tick % look_turn == 0) {
    RecentTime::set(coarse_clock_ns());
    if (!in_loop && (timers_due() || events_due())) {
      wants_loop_ = true;
      return nullptr;
    }
  }
  if (tick % global_turn == 0) {
    if (index_ >= scheduler_.max_workers()) {
      wants_loop_ = true;
      return nullptr;
    }
    if (Task* task = scheduler_.pop_global(*this)) { return task; }
  }
  for (;;) {
    Task* task = nullptr;
    if (run_next_.load(std::memory_order_relaxed) != nullptr && streak_ < longest_streak) {
      ++streak_;
      task = run_next_.exchange(nullptr, std::memory_order_acq_rel);
    }
    if (task == nullptr) {
      streak_ = 0;
      task = queue_.pop();
      // Among so many tasks that the queue overflowed each lies on a page that is in no cache.
      if (scheduler_.global_size_.load(std::memory_order_relaxed) > 0) { queue_.look_ahead(Task::prefetch_to_run); }
    }
    if (task == nullptr && run_next_.load(std::memory_order_relaxed) != nullptr) {
      task = run_next_.exchange(nullptr, std::memory_order_acq_rel);
    }
    if (task == nullptr) { return scheduler_.pop_global(*this); }
    if (!scheduler_.abandoned(task)) { return task; }
  }
}

Task* Worker::found(Task* task) {
  if (spinning_) {
    spinning_ = false;
    // This one no longer looks for work. Where there was some, there may be more.
    scheduler_.spinning_.fetch_sub(1, std::memory_order_seq_cst);
    scheduler_.wake_if_needed();
  }
  return task;
}

Task* Worker::look_around() {
  const std::int64_t start = now_ns();
  Task* task = nullptr;
  for (int round = 0; round < spin_rounds && task == nullptr; ++round) {
    // A few tasks that have just come to another worker's queue, or the one in its run_next_, are about to run there. They
    // are taken only if that worker is busy with something long, that is, still there after all the rounds. Else whoever
    // starts many short tasks would lose each one singly, and its cache lines with it.
    task = steal(round + 1 == spin_rounds);
    if (task != nullptr && scheduler_.abandoned(task)) { task = nullptr; }
    if (task == nullptr) { task = scheduler_.pop_global(*this); }
    for (int i = 0; i < pauses_per_round && task == nullptr; ++i) { cpu_relax(); }
  }
  found_ns_ = now_ns();
  found_count_ = task != nullptr ? queue_.size() + 1 : 0;
  vain_ns_ += found_ns_ - start;
  return task;
}

Task* Worker::find() {
  for (;;) {
    wants_loop_ = false;
    const bool decided = scheduler_.decisions() != nullptr;
    if (!decided && timers_due()) { scheduler_.timers.fire_due(clock_ns()); }
    if (events_due()) { look_at_events(); }
    const bool was_crowded = is_crowded_;
    is_crowded_ = false;
    if (index_ >= scheduler_.max_workers() || (was_crowded && !decided && withdraw(Withdrawal::crowded))) {
      flush();
      scheduler_.wake_if_needed();
    } else {
      if (Task* task = pick(true)) { return found(task); }
      // Where all other workers sleep, there is nothing to be found with them.
      if (!decided && (spinning_ || scheduler_.others_run()) && !(looks_in_vain() && withdraw(Withdrawal::unneeded))) {
        // An event that is there already is cheaper to see than what another worker may come to have.
        if (scheduler_.watcher_.load(std::memory_order_relaxed) == nullptr && look_at_events()) { continue; }
        if (!spinning_) {
          spinning_ = true;
          scheduler_.spinning_.fetch_add(1, std::memory_order_seq_cst);
        }
        if (Task* task = look_around()) { return found(task); }
      }
    }
    idle();
    RecentTime::set(coarse_clock_ns());
  }
}

void Worker::idle() {
  scheduler_.lock_.lock();
  const bool retired = index_ >= scheduler_.max_workers();
  // The others may have gone to sleep before they could see what this worker left to them.
  if (retired || scheduler_.sleepers_.load(std::memory_order_relaxed) + 1 >= scheduler_.max_workers()) {
    scheduler_.end_withdrawal_locked(*this);
  }
  bool withdrawn = scheduler_.withdrawn_.load(std::memory_order_relaxed) == this;
  if (!retired && !withdrawn && scheduler_.global_size_.load(std::memory_order_relaxed) > 0) {
    scheduler_.lock_.unlock();
    return;
  }
  doze_.store(0, std::memory_order_relaxed);
  const bool was_spinning = spinning_;
  spinning_ = false;  // from here on, whoever wakes this worker sets it
  is_idle_ = true;
  ++scheduler_.idle_;
  scheduler_.end_withdrawal_of_unneeded_locked();
  if (!retired && (scheduler_.watcher_ == nullptr ||
                   scheduler_.watch_until_.load(std::memory_order_relaxed) > scheduler_.timers.next())) {
    scheduler_.watcher_ = this;
    scheduler_.watch_until_.store(scheduler_.timers.next(), std::memory_order_seq_cst);
  }
  bool looks_out = false;
  if (was_spinning && !retired && !withdrawn && scheduler_.decisions() == nullptr && scheduler_.lookout_ == nullptr) {
    looks_out = scheduler_.watch_locked(now_ns());
    if (looks_out) {
      scheduler_.lookout_ = this;
    } else {
      scheduler_.unwatch_locked();
    }
  }
  scheduler_.count_sleepers_locked();
  scheduler_.lock_.unlock();

  if (was_spinning) { scheduler_.spinning_.fetch_sub(1, std::memory_order_seq_cst); }
  // Whoever made work in the meantime may have seen that somebody was looking, and woken nobody.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  const auto leave_events_locked = [this] {
    if (scheduler_.in_events_ == this) { scheduler_.in_events_ = nullptr; }
  };
  const auto get_up = [this, leave_events_locked] {
    FutexGuard guard(scheduler_.lock_);
    leave_events_locked();
    if (is_idle_) {
      is_idle_ = false;
      --scheduler_.idle_;
      scheduler_.end_withdrawal_locked(*this);
      if (scheduler_.lookout_ == this) { scheduler_.unwatch_locked(); }
      if (scheduler_.watcher_ == this) {
        scheduler_.watcher_ = nullptr;
        scheduler_.watch_until_.store(never, std::memory_order_seq_cst);
      }
      scheduler_.count_sleepers_locked();
    }
  };
  if (!withdrawn && scheduler_.work_visible(*this, !looks_out)) {
    if (!retired) {
      get_up();
      return;
    }
    scheduler_.wake_if_needed();  // one worker too many may not do it, and passes the call on
  }

  AsleepCheck check(scheduler_);
  std::int64_t poll_ns = 0;  // look at once: most programs that sleep for good have no other threads
  std::int64_t idle_since = now_ns();
  std::int64_t check_at = idle_since;
  for (bool is_first = true;; is_first = false) {
    if ((looks_out || withdrawn) && !is_first) {
      {
        FutexGuard guard(scheduler_.lock_);
        if (!is_idle_) {
          leave_events_locked();
          return;  // woken
        }
        if (looks_out) {
          looks_out = scheduler_.watch_locked(now_ns());
          if (!looks_out) { scheduler_.unwatch_locked(); }
        }
        if (withdrawn && !scheduler_.stays_withdrawn_locked(*this, now_ns())) {
          withdrawn = false;
          scheduler_.end_withdrawal_locked(*this);
          scheduler_.count_sleepers_locked();
        }
      }
      std::atomic_thread_fence(std::memory_order_seq_cst);  // pairs with the exchange in ready()
      if (!withdrawn && scheduler_.work_visible(*this, !looks_out)) {
        get_up();
        return;
      }
    }
    bool watching = false;
    std::int64_t watched_until = never;
    bool in_events = false;
    int idle_workers = 0;
    EventSource* const events = scheduler_.events_.load(std::memory_order_acquire);
    {
      FutexGuard guard(scheduler_.lock_);
      leave_events_locked();
      if (!is_idle_) { return; }  // woken
      if (scheduler_.watcher_ == nullptr && !retired) { scheduler_.watcher_ = this; }
      watching = scheduler_.watcher_ == this;
      idle_workers = scheduler_.idle_;
      if (watching) {
        watched_until = scheduler_.timers.next();
        scheduler_.watch_until_.store(watched_until, std::memory_order_seq_cst);
        // A watcher that was woken may still be on its way out of there.
        if (events != nullptr && scheduler_.in_events_ == nullptr) { scheduler_.in_events_ = this; }
        in_events = scheduler_.in_events_ == this;
      }
    }
    std::atomic_thread_fence(std::memory_order_seq_cst);  // pairs with the fence in timer_added()
    std::int64_t until = -1;
    if (watching) {
      // Not later than was told: who adds a timer that is due after that wakes nobody, though the timer that stood for it
      // may be gone by now.
      const std::int64_t next = std::min(watched_until, scheduler_.timers.next());
      const std::int64_t real_now = now_ns();
      if (clock_is_virtual()) [[unlikely]] {
        // Somebody outside might have made a task ready since, so that much time has passed.
        pass_time(real_now - idle_since, next);
        idle_since = real_now;
      }
      const std::int64_t now = clock_ns();
      if (next <= now) {
        get_up();
        if (clock_is_virtual()) { return; }  // which of them fires is to be decided
        scheduler_.timers.fire_due(now);
        // While this worker runs what has just become ready, another one must watch the timers that remain.
        if (scheduler_.timers.next() != never) { scheduler_.wake_if_needed(); }
        return;
      }
      if (next != never) { until = real_now + (next - now); }
      if (!(looks_out || withdrawn) || real_now >= check_at) {
        switch (check.look()) {
          case AsleepCheck::Answer::asleep: check.report();
          case AsleepCheck::Answer::timers_only:
            pass_time(next - now, next);
            get_up();
            return;
          case AsleepCheck::Answer::nobody_waits: poll_ns = longest_poll_ns; break;
          case AsleepCheck::Answer::somebody_may_wake:
            poll_ns = poll_ns == 0 ? first_poll_ns : poll_ns * 2 < longest_poll_ns ? poll_ns * 2 : longest_poll_ns;
            if (until < 0 || real_now + poll_ns < until) { until = real_now + poll_ns; }
            break;
        }
        check_at = real_now + poll_ns;
      }
    }
    if (looks_out || withdrawn) {
      const std::int64_t nap_end = now_ns() + nap_ns;
      if (until < 0 || nap_end < until) { until = nap_end; }
    }
    if (in_events) {
      if (Wakeable* const woken = events->wait(until)) {
        get_up();
        unpark_all(woken);
        return;
      }
      continue;
    }
    if (events != nullptr && !retired) {
      const std::int64_t relief = now_ns() + relief_ns * idle_workers;
      if (until < 0 || relief < until) { until = relief; }
    }
    futex_wait(doze_, 0, until);
  }
}

void Worker::loop() {
  for (;;) { run(find()); }
}

void Worker::help() {
  for (;;) {
    while (doze_.load(std::memory_order_acquire) == 0) { futex_wait(doze_, 0); }  // pairs with settle()
    RecentTime::set(coarse_clock_ns());
    Task* const task = help_with_;
    doze_.store(0, std::memory_order_relaxed);
    run(task);
    FutexGuard guard(scheduler_.lock_);
    --scheduler_.helpers_busy_;
    next_helper_ = scheduler_.helpers_;
    scheduler_.helpers_ = this;
  }
}

void* Scheduler::worker_main(void* argument) {
  auto* const worker = static_cast<Worker*>(argument);
  this_worker = worker;
  prepare_for_overflows();
  RecentTime::set(coarse_clock_ns());
  worker->exceptions_ = reinterpret_cast<ExceptionState*>(abi::__cxa_get_globals());
  worker->loop_fiber_ = current_fiber();
  if (__sanitizer_start_switch_fiber != nullptr) {
    pthread_attr_t attributes;
    void* stack = nullptr;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
      pthread_attr_getstack(&attributes, &stack, &worker->thread_stack_size_);
      pthread_attr_destroy(&attributes);
    }
    worker->thread_stack_ = stack;
  }
  TENTER_ANNOTATE(tenter_thread_is_worker());
  if (worker->is_helper()) {
    worker->help();
  } else {
    worker->loop();
  }
  return nullptr;
}

void* Scheduler::helper_main(void* worker) { return worker_main(worker); }

}  // namespace tenter::detail
