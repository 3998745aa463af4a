// Single parts of the scheduler: the run queue, the timer queue, the lock.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include <tenter/context.h>

#include "context/context.h"
#include "task/futex.h"
#include "task/run_queue.h"
#include "task/scheduler.h"
#include "task/timer_queue.h"

namespace tenter::detail {
namespace {

// The queue never looks into a task, so numbers do.
Task* number(std::uintptr_t n) { return reinterpret_cast<Task*>(n); }

TEST(RunQueue, FirstInFirstOutUpToItsCapacity) {
  RunQueue queue;
  EXPECT_EQ(queue.pop(), nullptr);
  for (int round = 0; round < 3; ++round) {
    for (std::uintptr_t i = 1; i <= RunQueue::capacity; ++i) { EXPECT_TRUE(queue.push(number(i))); }
    EXPECT_FALSE(queue.push(number(999)));
    for (std::uintptr_t i = 1; i <= RunQueue::capacity; ++i) { EXPECT_EQ(queue.pop(), number(i)); }
    EXPECT_TRUE(queue.empty());
  }
}

TEST(RunQueue, AThiefTakesTheOlderHalf) {
  RunQueue queue;
  std::array<Task*, RunQueue::capacity / 2> loot;
  EXPECT_EQ(queue.grab(loot), 0u);
  for (std::uintptr_t i = 1; i <= 5; ++i) { queue.push(number(i)); }
  EXPECT_EQ(queue.grab(loot), 3u);
  EXPECT_EQ(loot[0], number(1));
  EXPECT_EQ(loot[2], number(3));
  EXPECT_EQ(queue.pop(), number(4));
}

TEST(RunQueue, NothingIsLostOrTakenTwice) {
  RunQueue queue;
  constexpr std::uintptr_t count = 200'000;
  std::vector<std::atomic<int>> taken(count + 1);
  std::atomic<bool> done{false};
  std::vector<std::thread> thieves;
  for (int t = 0; t < 2; ++t) {
    thieves.emplace_back([&] {
      std::array<Task*, RunQueue::capacity / 2> loot;
      while (!done || !queue.empty()) {
        const std::uint32_t n = queue.grab(loot);
        for (std::uint32_t i = 0; i < n; ++i) { ++taken[reinterpret_cast<std::uintptr_t>(loot[i])]; }
        if (n == 0) { std::this_thread::yield(); }
      }
    });
  }
  for (std::uintptr_t i = 1; i <= count;) {
    if (queue.push(number(i))) { ++i; }
    if (i % 3 == 0) {
      if (Task* task = queue.pop()) { ++taken[reinterpret_cast<std::uintptr_t>(task)]; }
    }
  }
  done = true;
  for (std::thread& thief : thieves) { thief.join(); }
  for (std::uintptr_t i = 1; i <= count; ++i) { ASSERT_EQ(taken[i], 1) << i; }
}

class Entry final : public TimerEntry {
 public:
  explicit Entry(std::vector<int>& log, int name) : log_(log), name_(name) {}
  std::int64_t again = never;

 private:
  std::int64_t fire(std::int64_t) override {
    log_.push_back(name_);
    return again;
  }
  bool can_wake() const override { return name_ % 2 == 0; }
  void add_targets(std::vector<TimerTarget>&) const override {}
  std::vector<int>& log_;
  int name_;
};

// Against the plain way: a sorted list.
TEST(TimerQueue, FiresInTheOrderOfTimesAndThenOfAge) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    TimerQueue queue;
    std::vector<int> log;
    std::vector<std::unique_ptr<Entry>> entries;
    std::vector<std::pair<std::int64_t, int>> expected;
    for (int i = 0; i < 200; ++i) {
      entries.push_back(std::make_unique<Entry>(log, i));
      const auto when = static_cast<std::int64_t>(random() % 50);
      FutexGuard guard(queue.lock);
      queue.add_locked(*entries.back(), when);
      expected.emplace_back(when, i);
    }
    for (int i = 0; i < 60; ++i) {
      const int victim = static_cast<int>(random() % 200);
      FutexGuard guard(queue.lock);
      const bool removed = queue.remove_locked(*entries[static_cast<std::size_t>(victim)]);
      const auto gone = std::erase_if(expected, [&](const auto& e) { return e.second == victim; });
      EXPECT_EQ(removed, gone == 1);
    }
    std::sort(expected.begin(), expected.end());
    std::size_t fired = 0;
    for (std::int64_t now = 0; now < 50; ++now) {
      const std::int64_t next = queue.next();
      EXPECT_EQ(queue.fire_due(now), next <= now);
      while (fired < log.size()) {
        EXPECT_EQ(log[fired], expected[fired].second) << "rerun with seed " << seed;
        EXPECT_LE(expected[fired].first, now);
        ++fired;
      }
    }
    EXPECT_EQ(fired, expected.size());
    EXPECT_EQ(queue.next(), never);
  }
}

TEST(TimerQueue, AnEntryMayAskToFireAgain) {
  TimerQueue queue;
  std::vector<int> log;
  Entry entry(log, 1);
  entry.again = 20;
  {
    FutexGuard guard(queue.lock);
    EXPECT_TRUE(queue.add_locked(entry, 10));
    EXPECT_FALSE(queue.can_wake_locked());
  }
  EXPECT_FALSE(queue.fire_due(9));
  EXPECT_TRUE(queue.fire_due(10));
  EXPECT_EQ(queue.next(), 20);
  entry.again = never;
  EXPECT_TRUE(queue.fire_due(30));
  EXPECT_EQ(log.size(), 2u);
  EXPECT_FALSE(entry.armed());
}

// Who cancels has the context's lock and wants the scheduler's; who looks whether all sleep has the scheduler's.
TEST(TimerQueue, WhetherAContextsDeadlineWakesAnybodyIsSaidAtOnce) {
  using namespace std::chrono_literals;
  const auto [context, cancel] = with_timeout(background(), 24h);
  TimerQueue& timers = Scheduler::instance().timers;
  {
    const FutexGuard guard(timers.lock);
    EXPECT_FALSE(timers.can_wake_locked());  // nobody waits for it
    const FutexGuard cancelling(ContextAccess::core(context)->nearest->lock);
    EXPECT_TRUE(timers.can_wake_locked());
  }
  cancel();
}

TEST(FutexLock, OneAtATime) {
  FutexLock lock;
  int counter = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50'000; ++i) {
        FutexGuard guard(lock);
        ++counter;
      }
    });
  }
  for (std::thread& thread : threads) { thread.join(); }
  EXPECT_EQ(counter, 200'000);
}

}  // namespace
}  // namespace tenter::detail
