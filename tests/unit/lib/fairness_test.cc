// Nobody waits for ever to run. What is counted here is steps, not time, on one worker: on more, others only help.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include <tenter/tenter.h>

#include "everywhere.h"
#include "task/decisions.h"
#include "task/scheduler.h"

namespace tenter {
namespace {

using namespace std::chrono_literals;

class Fairness : public testing::Test {
 protected:
  void SetUp() override { set_max_workers(1); }
  void TearDown() override { set_max_workers(before_); }

 private:
  const int before_ = max_workers();
};

// How often a task can do `call` before another one, which is ready from the start, gets a turn.
int calls_before_another_runs(const std::function<void()>& call) {
  int calls = 0;
  run([&] {
    bool has_run = false;
    WaitGroup group;
    group.go([&] { has_run = true; });
    while (!has_run && calls < 1'000'000) {
      call();
      ++calls;
    }
    group.wait();
  });
  return calls;
}

TEST_F(Fairness, ATaskThatOnlyCallsTheLibraryLetsOthersRun) {
  const auto buffered = make_chan<int>(1);
  const auto closed = make_chan<int>();
  closed.close();
  Mutex mutex;
  Mutex held;
  held.lock();
  RWMutex read_write;
  Cond cond(mutex);
  WaitGroup group;
  Semaphore semaphore(1);
  Timer timer(1h);
  Once once;
  const auto [context, cancel] = with_cancel(background());
  const std::vector<std::pair<const char*, std::function<void()>>> calls = {
      {"send and receive", [&] { buffered.send(1), (void)buffered.recv(); }},
      {"try_send and try_recv", [&] { (void)buffered.try_send(1), (void)buffered.try_recv(); }},
      {"try_recv of nothing", [&] { (void)Chan<int>().try_recv(); }},
      {"receive from a closed channel", [&] { (void)closed.recv(); }},
      {"select", [&] { select(on_recv(closed)); }},
      {"select with otherwise", [&] { select(on_send(buffered, 1), on_recv(buffered), otherwise()); }},
      {"lock", [&] { const std::lock_guard guard(mutex); }},
      {"try_lock of what is locked", [&] { (void)held.try_lock(); }},
      {"lock to read", [&] { read_write.lock_shared(), read_write.unlock_shared(); }},
      {"lock to write", [&] { const std::lock_guard guard(read_write); }},
      {"signal", [&] { cond.signal(); }},
      {"broadcast", [&] { cond.broadcast(); }},
      {"add and done", [&] { group.add(1), group.done(); }},
      {"wait for nothing", [&] { group.wait(); }},
      {"acquire and release", [&] { semaphore.acquire(), semaphore.release(); }},
      {"try_acquire of nothing", [&] { (void)semaphore.try_acquire(2); }},
      {"reset of a timer", [&] { timer.reset(1h); }},
      {"a call of what was done once", [&] { once.call([] {}); }},
      {"the length of a channel", [&] { (void)buffered.len(); }},
      {"the number of tasks", [] { (void)task_count(); }},
      {"the error of a context", [&] { (void)context.err(); }},
      {"sleep for nothing", [&] { sleep_for(0ns); }},
      {"yield", [&] { yield(); }},
  };
  for (const auto& [name, call] : calls) {
    EXPECT_LE(calls_before_another_runs(call), detail::full_budget + 1) << name;
    (void)buffered.try_recv();
  }
  cancel();
}

// How often whoever starts `tasks` tasks, each of which takes so long, lets them run meanwhile.
int turns_of_a_starter(int tasks, std::int64_t duration_ns) {
  int turns = 0;
  run([&] {
    int started = 0;
    int ended = 0;
    for (int i = 0; i < tasks; ++i) {
      const int before = ended;
      ++started;
      go([&, duration_ns] {
        if (duration_ns > 0) {
          for (const std::int64_t start = detail::now_ns(); detail::now_ns() - start < duration_ns;) {}
        }
        ++ended;
      });
      if (ended != before) { ++turns; }
    }
    while (ended < started) { yield(); }
  });
  return turns;
}

#ifndef TENTER_SANITIZED
// Most of the time: whether tasks are brief is measured, and the machine may have other things to do.
TEST_F(Fairness, WhoStartsManyBriefTasksLetsThemRunInSmallBroods) {
  constexpr int tasks = 500'000;
  EXPECT_GT(turns_of_a_starter(tasks, 0), 3 * (tasks / detail::full_budget));
}
#endif

TEST_F(Fairness, WhoStartsManyLongTasksGoesOn) {
  constexpr int tasks = 10'000;
  EXPECT_LE(turns_of_a_starter(tasks, 20'000), tasks / detail::full_budget + 1);
}

// The furthest that one of `tasks` tasks which only yield gets ahead of another.
int widest_gap(std::size_t tasks) {
  constexpr int rounds = 50;
  std::vector<int> steps(tasks, 0);
  int widest = 0;
  run([&] {
    WaitGroup group;
    std::size_t started = 0;
    for (std::size_t i = 0; i < tasks; ++i) {
      group.go([&, i] {
        ++started;
        while (started < tasks) { yield(); }
        for (int k = 0; k < rounds; ++k) {
          ++steps[i];
          yield();
        }
      });
    }
    while (started < tasks) { yield(); }
    while (*std::min_element(steps.begin(), steps.end()) < rounds) {
      const auto [least, most] = std::minmax_element(steps.begin(), steps.end());
      widest = std::max(widest, *most - *least);
      yield();
    }
    group.wait();
  });
  return widest;
}

TEST_F(Fairness, TasksThatYieldTakeTurns) { EXPECT_LE(widest_gap(100), 2); }

// Some of so many are in the global queue at any time, and come into the worker's in lots.
TEST_F(Fairness, MoreTasksThanAQueueHoldsTakeTurnsToo) { EXPECT_LE(widest_gap(1000), 25); }

// A task that was just woken runs next, but not for ever.
TEST_F(Fairness, APairThatWakesEachOtherLetsOthersInBetween) {
  constexpr int turns = 100;
  std::int64_t exchanges = 0;
  std::int64_t most_between = 0;
  run([&] {
    const auto ping = make_chan<int>();
    const auto pong = make_chan<int>();
    bool stop = false;
    WaitGroup group;
    group.go([=] {
      for (const int ball : ping) { pong.send(ball); }
    });
    group.go([&] {
      while (!stop) {
        ping.send(1);
        (void)pong.recv();
        ++exchanges;
      }
      ping.close();
    });
    while (exchanges == 0) { yield(); }
    for (int i = 0; i < turns; ++i) {
      const std::int64_t before = exchanges;
      yield();
      most_between = std::max(most_between, exchanges - before);
    }
    stop = true;
    group.wait();
  });
  EXPECT_GT(most_between, 0);
  EXPECT_LE(most_between, 256);
}

// The same of tasks that each start the next one.
TEST_F(Fairness, AChainOfTasksThatStartEachOtherLetsOthersInBetween) {
  std::int64_t links = 0;
  std::int64_t most_between = 0;
  run([&] {
    bool stop = false;
    const auto ended = make_chan<Unit>();
    std::function<void()> link = [&] {
      ++links;
      if (stop) {
        ended.close();
      } else {
        go(link);
      }
    };
    go(link);
    for (int i = 0; i < 100; ++i) {
      const std::int64_t before = links;
      yield();
      most_between = std::max(most_between, links - before);
    }
    stop = true;
    (void)ended.recv();
  });
  EXPECT_GT(most_between, 0);
  EXPECT_LE(most_between, 256);
}

// What plain threads start comes through the global queue, which is looked at although the worker's own is never empty.
TEST_F(Fairness, TheGlobalQueueIsServedWhileTheWorkersOwnIsNeverEmpty) {
  constexpr int rounds = 50;
  int most_switches = 0;
  run([&] {
    std::atomic<int> queued{0};
    int served = 0;
    bool stop = false;
    std::int64_t switches = 0;
    WaitGroup group;
    for (int i = 0; i < 3; ++i) {
      group.go([&] {
        while (!stop) {
          ++switches;
          yield();
        }
      });
    }
    const auto next = make_chan<Unit>(1);
    std::thread thread([&] {
      while (next.recv()) {
        go([&] { ++served; });
        ++queued;
      }
    });
    for (int i = 1; i <= rounds; ++i) {
      next.send({});
      while (queued < i) { yield(); }
      const std::int64_t before = switches;
      while (served < i) { yield(); }
      most_switches = std::max(most_switches, static_cast<int>(switches - before));
    }
    stop = true;
    next.close();
    group.wait();
    thread.join();
  });
  EXPECT_LE(most_switches, 2 * 61);
}

// In virtual time, so that all of them sleep before the first one wakes.
TEST_F(Fairness, AHundredThousandSleepersWakeInTheOrderOfTheirTimes) {
  constexpr int sleepers = 100'000;
  constexpr int moments = 500;
  detail::SeededDecisions decisions(1);
  detail::install_decisions(&decisions);
  int woken = 0;
  int out_of_order = 0;
  run([&] {
    const TimePoint start = now();
    TimePoint latest = start;
    WaitGroup group;
    for (int i = 0; i < sleepers; ++i) {
      group.go([&, i] {
        const TimePoint mine = start + 1h + i * 7919 % moments * 1h;
        sleep_until(mine);
        EXPECT_GE(now(), mine);
        if (mine < latest) { ++out_of_order; }
        latest = mine;
        ++woken;
      });
    }
    until_waiting(sleepers);
    EXPECT_EQ(woken, 0);
    group.wait();
    EXPECT_LT(now() - start, (moments + 1) * 1h);
  });
  detail::install_decisions(nullptr);
  EXPECT_EQ(woken, sleepers);
  EXPECT_EQ(out_of_order, 0);
}

TEST_F(Fairness, AHundredThousandSleepersWakeByTheRealClock) {
  constexpr int sleepers = 100'000;
  std::atomic<int> woken{0};
  run([&] {
    WaitGroup group;
    for (int i = 0; i < sleepers; ++i) {
      group.go([&, i] {
        sleep_for(std::chrono::microseconds(i % 1000));
        ++woken;
      });
    }
    group.wait();
  });
  EXPECT_EQ(woken, sleepers);
}

}  // namespace
}  // namespace tenter
