// A worker that mostly waits for another one's locks leaves its tasks to that one, until there is something to do that the
// other does not get to. That it waits is said by the tests themselves, as its locks would say it.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <thread>

#include <tenter/tenter.h>

#include "everywhere.h"
#include "task/crowding.h"
#include "task/scheduler.h"

namespace tenter {
namespace {

class Crowding : public testing::Test {
 protected:
  void SetUp() override { set_max_workers(2); }
  void TearDown() override { set_max_workers(before_); }

 private:
  const int before_ = max_workers();
};

// A task that goes on and on, on a worker other than the caller's.
class Neighbour {
 public:
  Neighbour() {
    group_.go([this] {
      while (!stop_) {
        worker_ = detail::Scheduler::worker();
        yield();
      }
    });
    // Not by a wait of the library's: this worker is kept, so that the other one comes for the task.
    while (worker_ == nullptr) { detail::cpu_relax(); }
  }
  ~Neighbour() {
    stop_ = true;
    group_.wait();
  }
  Neighbour(const Neighbour&) = delete;
  Neighbour& operator=(const Neighbour&) = delete;

  bool is_beside_caller() const { return worker_ == detail::Scheduler::worker(); }

 private:
  std::atomic<detail::Worker*> worker_{nullptr};
  std::atomic<bool> stop_{false};
  WaitGroup group_;
};

// So many waits at once are more than the time that passes. Where the kernel takes one of the processors away meanwhile they
// are not, or the neighbour does not move; so there are many attempts. False: the caller is where it was after all of them.
bool crowd_together(const Neighbour& neighbour) {
  for (int attempt = 0; attempt < 100'000; ++attempt) {
    if (neighbour.is_beside_caller()) { return true; }
    detail::Worker* const here = detail::Scheduler::worker();
    for (int i = 0; i < 8; ++i) { here->lose(2'000); }
    yield();
    std::this_thread::yield();
  }
  return false;
}

TEST_F(Crowding, AWorkerThatOnlyWaitsLeavesItsTasksToTheOther) {
  run([] {
    const Neighbour neighbour;
    ASSERT_FALSE(neighbour.is_beside_caller());
    EXPECT_TRUE(crowd_together(neighbour));
  });
}

TEST_F(Crowding, AWorkerThatNowAndThenWaitsStays) {
  run([] {
    const Neighbour neighbour;
    detail::Worker* const here = detail::Scheduler::worker();
    for (int i = 0; i < 1'000; ++i) {
      const std::int64_t start = detail::now_ns();
      here->lose(100);
      while (detail::now_ns() - start < 1'000) {}
      yield();
      ASSERT_EQ(detail::Scheduler::worker(), here) << "after " << i << " turns";
    }
  });
}

// Computes until another worker has run the task that stands behind this one.
void hold_up_a_task() {
  std::atomic<bool> has_run{false};
  WaitGroup group;
  group.go([&] { has_run = true; });
  while (!has_run) { detail::cpu_relax(); }
  group.wait();
}

// Waits for what a thread sends when all wait.
void receive_from_a_thread() {
  const auto values = make_chan<int>();
  std::thread thread([values] {
    until_waiting(1);
    values.send(7);
  });
  EXPECT_EQ(values.recv().value_or(0), 7);
  thread.join();
}

// A task that computes and never calls the library holds up all that stands behind it.
TEST_F(Crowding, WhatAComputingTaskHoldsUpBringsTheOtherWorkerBack) {
  run([] {
    for (int round = 0; round < 5; ++round) {
      {
        const Neighbour neighbour;
        ASSERT_TRUE(crowd_together(neighbour));
      }
      hold_up_a_task();
    }
  });
}

// The one that went away is not missed where all wait, and is there again for what comes from outside.
TEST_F(Crowding, AThreadWakesWhoWaitsWhileAWorkerIsAway) {
  run([] {
    {
      const Neighbour neighbour;
      ASSERT_TRUE(crowd_together(neighbour));
    }
    receive_from_a_thread();
  });
}

#ifndef TENTER_SANITIZED
// Starts tasks that are over at once, until the other worker, for which so little is left, has withdrawn.
bool leave_crumbs() {
  const detail::Scheduler& scheduler = detail::Scheduler::instance();
  const std::uint32_t before = scheduler.times_unneeded();
  for (int i = 0; i < 20'000'000; ++i) {
    if (scheduler.times_unneeded() != before) { return true; }
    go([] {});
  }
  return false;
}

TEST_F(Crowding, AWorkerThatFindsOnlyCrumbsIsUnneeded) {
  run([] { EXPECT_TRUE(leave_crumbs()); });
}

TEST_F(Crowding, WhoWasUnneededComesForWhatAComputingTaskHoldsUp) {
  run([] {
    for (int round = 0; round < 5; ++round) {
      ASSERT_TRUE(leave_crumbs());
      hold_up_a_task();
    }
  });
}

TEST_F(Crowding, AThreadIsServedWhereTheOtherWorkerWasUnneeded) {
  run([] {
    ASSERT_TRUE(leave_crumbs());
    receive_from_a_thread();
  });
}
#endif

// Whoever is delayed on its way to the lock finds it free, and tries again.
TEST_F(Crowding, ALockTellsThatItWasWaitedFor) {
  run([] {
    detail::CountedLock lock;
    detail::Worker* const here = detail::Scheduler::worker();
    const std::uint32_t before = here->times_lost();
    lock.lock();
    lock.unlock();
    EXPECT_EQ(here->times_lost(), before);
    for (int attempt = 0; attempt < 10'000 && here->times_lost() == before; ++attempt) {
      std::atomic<bool> is_held{false};
      std::atomic<bool> is_wanted{false};
      std::thread holder([&] {
        lock.lock();
        is_held = true;
        while (!is_wanted) { detail::cpu_relax(); }
        for (int i = 0; i < 100; ++i) { detail::cpu_relax(); }
        lock.unlock();
      });
      while (!is_held) { detail::cpu_relax(); }
      is_wanted = true;
      lock.lock();
      lock.unlock();
      holder.join();
    }
    EXPECT_GT(here->times_lost(), before);
  });
}

}  // namespace
}  // namespace tenter
