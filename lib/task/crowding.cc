// How a worker finds out that it is one too many, and how it withdraws: its tasks go to the global queue, and it sleeps. Nobody
// wakes it for a task, as it is not counted among the sleepers. So that no task waits for it in vain, it looks up from time to
// time (see Worker::idle()): where its time is over, or no other worker went from one task to the next meanwhile, it is an
// ordinary idle worker again and looks at all queues. What is due on the clock, and events, it sees to like any idle worker.
#include "task/crowding.h"

#include <algorithm>

#include "task/scheduler.h"

namespace tenter::detail {
namespace {

constexpr std::int64_t sample_ns = 4'000;  // lost, before it is asked how long that took
// Whoever waits for longer waits for a processor that does something else meanwhile, and that is no sign of crowding.
constexpr std::int64_t most_at_once_ns = 10'000;
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

bool Worker::withdraw() {
  const std::int64_t now = now_ns();
  FutexGuard guard(scheduler_.lock_);
  return scheduler_.withdraw_locked(*this, now);
}

bool Scheduler::withdraw_locked(Worker& worker, std::int64_t now) {
  if (withdrawn_.load(std::memory_order_relaxed) != nullptr || !another_moves_locked(worker)) { return false; }
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

bool Scheduler::stays_withdrawn_locked(const Worker& worker, std::int64_t now) {
  return now < withdrawn_until_ns_ && another_moves_locked(worker);
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
