// Workers come and go: who is started or woken when there is work, or a timer to watch.
#include "task/scheduler.h"

#include <pthread.h>

#include <tenter/error.h>

namespace tenter::detail {
namespace {

// A worker that switches more often than this is fast: to wake another one for a task takes about as long.
constexpr std::int64_t fast_ns = 4'000;

}  // namespace

void Scheduler::count_sleepers_locked() {
  const int allowed = max_workers();
  const int created = created_.load(std::memory_order_relaxed);
  int sleepers = created < allowed ? allowed - created : 0;
  if (idle_ > 0) {
    for (int i = 0; i < created && i < allowed; ++i) {
      const Worker* worker = workers_[static_cast<std::size_t>(i)].load(std::memory_order_relaxed);
      if (worker->is_idle_ && worker != withdrawn_.load(std::memory_order_relaxed)) { ++sleepers; }
    }
  }
  sleepers_.store(sleepers, std::memory_order_seq_cst);
  const bool has_unneeded =
      withdrawn_.load(std::memory_order_relaxed) != nullptr && withdrawal_ == Withdrawal::unneeded;
  wakeable_.store(has_unneeded ? 0 : sleepers, std::memory_order_seq_cst);
}

bool Scheduler::start_worker_locked() {
  const int index = created_.load(std::memory_order_relaxed);
  if (index >= max_workers()) { return false; }
  auto* const worker = new Worker(*this, index);
  worker->spinning_ = true;
  workers_[static_cast<std::size_t>(index)].store(worker, std::memory_order_release);
  created_.store(index + 1, std::memory_order_release);
  pthread_t thread{};
  if (pthread_create(&thread, nullptr, &Scheduler::worker_main, worker) != 0) {
    created_.store(index, std::memory_order_release);
    workers_[static_cast<std::size_t>(index)].store(nullptr, std::memory_order_release);
    // A thief may still look at the worker, so it stays.
    if (index == 0) { throw Error("tenter: the first worker thread cannot be started"); }
    max_workers_.store(index, std::memory_order_relaxed);  // this is all that the machine gives
    count_sleepers_locked();
    return false;
  }
  pthread_detach(thread);
  count_sleepers_locked();
  return true;
}

void Scheduler::wake_locked(Worker& sleeper) {
  sleeper.is_idle_ = false;
  --idle_;
  end_withdrawal_locked(sleeper);
  if (lookout_ == &sleeper) { unwatch_locked(); }
  if (watcher_ == &sleeper) {
    watcher_ = nullptr;
    watch_until_.store(never, std::memory_order_seq_cst);
  }
  count_sleepers_locked();
  sleeper.doze_.store(1, std::memory_order_release);
  if (in_events_ == &sleeper) {
    events_.load(std::memory_order_relaxed)->interrupt();
  } else {
    futex_wake(sleeper.doze_);
  }
}

void Scheduler::wake_if_needed() {
  if (wakeable_.load(std::memory_order_seq_cst) > 0 && spinning_.load(std::memory_order_seq_cst) == 0) { wake_one(); }
}

__attribute__((noinline)) void Scheduler::wake_one() {
  int none = 0;
  // One that looks for work at a time is enough: it wakes the next when it finds some.
  if (!spinning_.compare_exchange_strong(none, 1, std::memory_order_seq_cst)) { return; }
  FutexGuard guard(lock_);
  const int limit = created_.load(std::memory_order_relaxed) < max_workers() ? created_.load(std::memory_order_relaxed)
                                                                             : max_workers();
  Worker* chosen = nullptr;
  for (int i = 0; i < limit; ++i) {
    Worker* const worker = workers_[static_cast<std::size_t>(i)].load(std::memory_order_relaxed);
    if (!worker->is_idle_) { continue; }
    chosen = worker;
    if (worker != watcher_) { break; }  // the watcher is left to its timers, if there is another
  }
  if (chosen != nullptr) {
    chosen->spinning_ = true;
    wake_locked(*chosen);
  } else if (!start_worker_locked()) {
    spinning_.fetch_sub(1, std::memory_order_seq_cst);
  }
}

void Scheduler::ensure_worker() {
  FutexGuard guard(lock_);
  if (created_.load(std::memory_order_relaxed) == 0) {
    spinning_.fetch_add(1, std::memory_order_seq_cst);
    start_worker_locked();
  } else if (watcher_ != nullptr) {
    wake_locked(*watcher_);
  }
}

void Scheduler::add_outside(Outside& outside) {
  outside.next_ = outside_.load(std::memory_order_relaxed);
  while (
      !outside_.compare_exchange_weak(outside.next_, &outside, std::memory_order_release, std::memory_order_relaxed)) {}
}

void Scheduler::add_event_source(EventSource& events) {
  add_outside(events);
  ensure_worker();
  FutexGuard guard(lock_);
  events_.store(&events, std::memory_order_release);
  // Whoever is idle went to sleep without it.
  for (int i = 0; i < created_.load(std::memory_order_relaxed); ++i) {
    Worker* const sleeper = workers_[static_cast<std::size_t>(i)].load(std::memory_order_relaxed);
    if (sleeper->is_idle_) { wake_locked(*sleeper); }
  }
}

bool Scheduler::start_service(void* (*body)(void*)) {
  // With the lock held, under which the threads of the process are counted.
  FutexGuard guard(lock_);
  pthread_t thread{};
  if (pthread_create(&thread, nullptr, body, nullptr) != 0) { return false; }
  pthread_detach(thread);
  ++services_;
  return true;
}

bool Scheduler::watch_locked(std::int64_t now) {
  const std::int64_t elapsed = now - surveyed_ns_;
  surveyed_ns_ = now;
  bool any = false;
  for (int i = 0; i < created_.load(std::memory_order_relaxed); ++i) {
    Worker& worker = *workers_[static_cast<std::size_t>(i)].load(std::memory_order_relaxed);
    const std::uint32_t tick = worker.tick_.load(std::memory_order_relaxed);
    const std::uint32_t switches = tick - worker.tick_seen_;
    worker.tick_seen_ = tick;
    const bool is_fast = switches > 0 && elapsed / switches < fast_ns;
    if (worker.watched_.load(std::memory_order_relaxed) != is_fast) {
      worker.watched_.store(is_fast, std::memory_order_seq_cst);
    }
    any |= is_fast && !worker.is_idle_;
  }
  return any;
}

void Scheduler::unwatch_locked() {
  lookout_ = nullptr;
  for (int i = 0; i < created_.load(std::memory_order_relaxed); ++i) {
    workers_[static_cast<std::size_t>(i)]
        .load(std::memory_order_relaxed)
        ->watched_.store(false, std::memory_order_seq_cst);
  }
}

bool Scheduler::work_visible(const Worker& asking, bool in_watched_too) const {
  if (global_size_.load(std::memory_order_seq_cst) > 0) { return true; }
  if (decisions_ != nullptr) { return false; }
  const int count = created_.load(std::memory_order_acquire);
  for (int i = 0; i < count; ++i) {
    const Worker* worker = workers_[static_cast<std::size_t>(i)].load(std::memory_order_acquire);
    if (worker == nullptr || worker == &asking) { continue; }
    if (!worker->queue_.empty()) { return true; }
    if (!in_watched_too && worker->watched_.load(std::memory_order_relaxed)) { continue; }
    if (worker->run_next_.load(std::memory_order_seq_cst) != nullptr) { return true; }
  }
  return false;
}

void Scheduler::timer_added(bool first, std::int64_t when, bool caller_parks) {
  if (!first) { return; }
  Worker* const here = worker();
  if (caller_parks && here != nullptr && !here->is_helper()) {
    here->when_left_ |= Worker::timer_added;  // see Worker::leave()
    return;
  }
  if (created_.load(std::memory_order_acquire) == 0) {
    ensure_worker();
    return;
  }
  std::atomic_thread_fence(std::memory_order_seq_cst);  // the new time is published; pairs with watch_until_'s stores
  if (when >= watch_until_.load(std::memory_order_seq_cst)) { return; }
  FutexGuard guard(lock_);
  if (watcher_ != nullptr) {
    wake_locked(*watcher_);
    return;
  }
  // Nobody watches. A worker that is idle must; where none is, the busy ones look between tasks.
  for (int i = 0; i < created_.load(std::memory_order_relaxed) && i < max_workers(); ++i) {
    Worker* const sleeper = workers_[static_cast<std::size_t>(i)].load(std::memory_order_relaxed);
    if (sleeper->is_idle_) {
      wake_locked(*sleeper);
      return;
    }
  }
}

void Scheduler::set_max_workers(int n) {
  if (n < 1) { n = 1; }
  if (n > most_workers) { n = most_workers; }
  {
    FutexGuard guard(lock_);
    if (decisions_ != nullptr) {
      max_workers_before_ = n;
      return;
    }
    max_workers_.store(n, std::memory_order_seq_cst);
    wake_idle_locked();
    count_sleepers_locked();
  }
  wake_if_needed();
}

// Whoever sleeps as a worker too many, or is one no longer, finds its new place by itself.
void Scheduler::wake_idle_locked() {
  const int created = created_.load(std::memory_order_relaxed);
  for (int i = 0; i < created; ++i) {
    Worker* const sleeper = workers_[static_cast<std::size_t>(i)].load(std::memory_order_relaxed);
    if (sleeper->is_idle_) { wake_locked(*sleeper); }
  }
}

}  // namespace tenter::detail
