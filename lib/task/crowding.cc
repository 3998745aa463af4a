// How a worker finds out that it is one too many, and how it withdraws: its tasks go to the global queue, and it sleeps. Nobody
// wakes it for a task, as it is not counted among the sleepers. So that no task waits for it in vain, it looks up from time to
// time (see Worker::idle()): where its time is over, or no other worker went from one task to the next meanwhile, it is an
// ordinary idle worker again and looks at all queues. What is due on the clock, and events, it sees to like any idle worker.
//
// So does a worker that has looked for tasks for most of its time, while another one starts tasks that are over sooner than
// anybody could take them. As long as it is away no other sleeper is woken for a task either, as none would find more. It comes
// back where a task waits behind one that goes on, or more wait than the others get done while it naps.
#include "task/crowding.h"

#include <algorithm>

#include "task/scheduler.h"

namespace tenter::detail {
namespace {

constexpr std::int64_t sample_ns = 4'000;  // lost, before it is asked how long that took
// Whoever waits for longer waits for a processor that does something else meanwhile, and that is no sign of crowding.
constexpr std::int64_t most_at_once_ns = 10'000;
constexpr std::int64_t vain_sample_ns = 32'000;
constexpr std::int64_t moving_ns = 500;  // a task to another worker: some cache misses for both
constexpr std::int64_t first_withdrawal_ns = 1'000'000;
constexpr std::int64_t longest_withdrawal_ns = 32'000'000;

}  // namespace

__attribute__((noinline)) void CountedLock::lock_held() {
  Worker* const here = Scheduler::worker();
  if (here == nullptr) {
    FutexLock::lock();
    return;
  }
  const std::int64_t start = now_ns();
  FutexLock::lock();
  here->lose(now_ns() - start);
}

void Worker::lose(std::int64_t duration) {
  ++times_lost_;
  lost_ns_ += std::min(duration, most_at_once_ns);
  if (lost_ns_ < sample_ns) { return; }
  const std::int64_t now = now_ns();
  // Where less than half is lost, two workers get more done than one, though not twice as much.
  if (now - losing_since_ns_ < 2 * lost_ns_) { is_crowded_ = true; }
  losing_since_ns_ = now;
  lost_ns_ = 0;
}

// A worker that has looked for tasks for most of the time is unneeded. It looks in vain, too, while it runs tasks that it took
// from another worker and that are over sooner than they were moved: both workers wait for what the other one's cache holds.
bool Worker::looks_in_vain() {
  const std::int64_t now = now_ns();
  if (now - found_ns_ < found_count_ * moving_ns) { vain_ns_ += now - found_ns_; }
  found_count_ = 0;
  if (vain_ns_ < vain_sample_ns) { return false; }
  const bool is_mostly = now - vain_since_ns_ < 2 * vain_ns_;
  vain_since_ns_ = now;
  vain_ns_ = 0;
  return is_mostly;
}

bool Worker::withdraw(Withdrawal reason) {
  const std::int64_t now = now_ns();
  FutexGuard guard(scheduler_.lock_);
  return scheduler_.withdraw_locked(*this, reason, now);
}

bool Scheduler::withdraw_locked(Worker& worker, Withdrawal reason, std::int64_t now) {
  if (withdrawn_.load(std::memory_order_relaxed) != nullptr) { return false; }
  if (reason == Withdrawal::crowded ? !another_moves_locked(worker) : !others_keep_up_locked(worker, now)) {
    return false;
  }
  withdrawal_ = reason;
  if (reason == Withdrawal::unneeded) { times_unneeded_.fetch_add(1, std::memory_order_relaxed); }
  // Soon again: nothing has changed. So it stays away for longer than before.
  const bool is_soon = now - withdrawn_until_ns_ < withdrawal_ns_;
  withdrawal_ns_ = is_soon ? std::min(2 * withdrawal_ns_, longest_withdrawal_ns) : first_withdrawal_ns;
  withdrawn_until_ns_ = now + withdrawal_ns_;
  withdrawn_.store(&worker, std::memory_order_relaxed);
  return true;
}

void Scheduler::end_withdrawal_locked(const Worker& worker) {
  if (withdrawn_.load(std::memory_order_relaxed) == &worker) { withdrawn_.store(nullptr, std::memory_order_relaxed); }
}

// Where all others sleep, somebody must be woken for what comes next.
void Scheduler::end_withdrawal_of_unneeded_locked() {
  if (withdrawal_ == Withdrawal::unneeded && idle_ == created_.load(std::memory_order_relaxed)) {
    withdrawn_.store(nullptr, std::memory_order_relaxed);
  }
}

bool Scheduler::stays_withdrawn_locked(const Worker& worker, std::int64_t now) {
  if (withdrawn_.load(std::memory_order_relaxed) != &worker || now >= withdrawn_until_ns_) { return false; }
  return withdrawal_ == Withdrawal::crowded ? another_moves_locked(worker) : others_keep_up_locked(worker, now);
}

// At the pace of the time since this was asked last, does every other worker come to what waits for it before the one that has
// withdrawn would look again?
bool Scheduler::others_keep_up_locked(const Worker& worker, std::int64_t now) {
  const std::int64_t elapsed = now - moves_seen_ns_;
  moves_seen_ns_ = now;
  bool any_runs = false;
  bool all_keep_up = true;
  for (int i = 0; i < created_.load(std::memory_order_relaxed) && i < max_workers(); ++i) {
    Worker& other = *workers_[static_cast<std::size_t>(i)].load(std::memory_order_relaxed);
    const std::uint32_t tick = other.tick_.load(std::memory_order_relaxed);
    const std::uint32_t moves = tick - other.tick_before_;
    other.tick_before_ = tick;
    if (&other == &worker || other.is_idle_) { continue; }
    any_runs = true;
    const std::int64_t waiting = static_cast<std::int64_t>(
        other.queue_.size() + (other.run_next_.load(std::memory_order_relaxed) != nullptr ? 1 : 0) +
        global_size_.load(std::memory_order_relaxed));
    if (waiting > 0 && (moves == 0 || elapsed / moves > nap_ns / waiting)) { all_keep_up = false; }
  }
  return any_runs && all_keep_up;
}

// Has another worker gone from task to task since this was asked last, and is it still at it?
bool Scheduler::another_moves_locked(const Worker& worker) {
  bool any = false;
  for (int i = 0; i < created_.load(std::memory_order_relaxed) && i < max_workers(); ++i) {
    Worker& other = *workers_[static_cast<std::size_t>(i)].load(std::memory_order_relaxed);
    if (&other == &worker) { continue; }
    const std::uint32_t tick = other.tick_.load(std::memory_order_relaxed);
    any |= tick != other.tick_before_ && !other.is_idle_;
    other.tick_before_ = tick;
  }
  return any;
}

}  // namespace tenter::detail
