// Cond, Once, WaitGroup, Semaphore.
#include <atomic>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "everywhere.h"

namespace tenter {
namespace {

class Sync : public Everywhere {};
INSTANTIATE_TEST_SUITE_P(Places, Sync, all_places(), place_name);

// ---- Cond ----------------------------------------------------------------------------------------------------------

TEST_P(Sync, SignalsWithoutWaitersAreForgotten) {
  here([&] {
    Mutex mutex;
    Cond cond(mutex);
    cond.signal();
    cond.broadcast();
    std::atomic<bool> woken{false};
    spawn([&] {
      std::lock_guard guard(mutex);
      cond.wait();
      woken = true;
    });
    until_waiting(1);
    EXPECT_FALSE(woken);
    cond.signal();
    join();
    EXPECT_TRUE(woken);
  });
}

TEST_P(Sync, SignalWakesWhoWaitsLongest) {
  here([&] {
    Mutex mutex;
    Cond cond(mutex);
    std::vector<int> order;
    for (int i = 0; i < 5; ++i) {
      spawn([&, i] {
        std::lock_guard guard(mutex);
        cond.wait();
        order.push_back(i);
      });
      until_waiting(static_cast<std::size_t>(i) + 1);
    }
    for (std::size_t i = 0; i < 5; ++i) {
      cond.signal();
      until_waiting(4 - i);
      while (true) {
        std::lock_guard guard(mutex);
        if (order.size() == i + 1) { break; }
      }
    }
    join();
    EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
  });
}

TEST_P(Sync, BroadcastWakesAll) {
  here([&] {
    Mutex mutex;
    Cond cond(mutex);
    bool ready = false;
    std::atomic<int> woken{0};
    for (int i = 0; i < 20; ++i) {
      spawn([&] {
        std::unique_lock lock(mutex);
        cond.wait([&] { return ready; });
        ++woken;
      });
    }
    until_waiting(20);
    {
      std::lock_guard guard(mutex);
      ready = true;
    }
    cond.broadcast();
    join();
    EXPECT_EQ(woken, 20);
  });
}

TEST_P(Sync, WaitUnlocksAndLocksAgain) {
  here([&] {
    Mutex mutex;
    Cond cond(mutex);
    std::unique_lock lock(mutex);
    spawn([&] {
      std::lock_guard guard(mutex);  // possible only while the other waits
      cond.signal();
    });
    cond.wait();
    EXPECT_FALSE(mutex.try_lock());
    join();
  });
}

TEST_P(Sync, WaitWithoutTheLockThrowsAndLeavesTheQueue) {
  here([&] {
    Mutex mutex;
    Cond cond(mutex);
    EXPECT_THROW(cond.wait(), UnlockError);
    std::atomic<bool> woken{false};
    spawn([&] {
      std::lock_guard guard(mutex);
      cond.wait();
      woken = true;
    });
    until_waiting(1);
    cond.signal();  // must not go to the one that never waited
    join();
    EXPECT_TRUE(woken);
  });
}

TEST_P(Sync, ACondOverTheReadSide) {
  here([&] {
    RWMutex mutex;
    Cond cond(mutex.shared_locker());
    bool ready = false;
    spawn([&] {
      mutex.lock_shared();
      cond.wait([&] { return ready; });
      mutex.unlock_shared();
    });
    until_waiting(1);
    {
      std::lock_guard guard(mutex);
      ready = true;
    }
    cond.broadcast();
    join();
  });
}

// ---- Once ----------------------------------------------------------------------------------------------------------

TEST_P(Sync, OnceRunsOnceAndAllWaitForIt) {
  here([&] {
    Once once;
    Chan<Unit> gate = make_chan<Unit>();
    int calls = 0;
    std::atomic<int> passed{0};
    for (int i = 0; i < 8; ++i) {
      spawn([&] {
        once.call([&] {
          (void)gate.recv();
          ++calls;
        });
        EXPECT_EQ(calls, 1);
        ++passed;
      });
    }
    until_waiting(8);
    EXPECT_EQ(passed, 0);
    gate.send({});
    join();
    EXPECT_EQ(passed, 8);
    EXPECT_EQ(calls, 1);
  });
}

TEST_P(Sync, OnceIsDoneAlsoWhenItThrew) {
  here([&] {
    Once once;
    EXPECT_THROW(once.call([] { throw std::runtime_error("first"); }), std::runtime_error);
    bool called = false;
    once.call([&] { called = true; });
    EXPECT_FALSE(called);
  });
}

TEST_P(Sync, OnceValueComputesOnce) {
  here([&] {
    std::atomic<int> calls{0};
    auto value = once_value([&] { return ++calls * 10; });
    for (int i = 0; i < 4; ++i) {
      spawn([value] { EXPECT_EQ(value(), 10); });
    }
    join();
    EXPECT_EQ(value(), 10);
    EXPECT_EQ(calls, 1);
  });
}

TEST_P(Sync, OnceValueThrowsTheSameAgain) {
  here([&] {
    int calls = 0;
    auto value = once_value([&]() -> int {
      ++calls;
      throw std::runtime_error("no value");
    });
    EXPECT_THROW(value(), std::runtime_error);
    EXPECT_THROW(value(), std::runtime_error);
    EXPECT_EQ(calls, 1);
  });
}

TEST_P(Sync, OnceValueOfNothing) {
  here([&] {
    int calls = 0;
    auto function = once_value([&] { ++calls; });
    function();
    function();
    EXPECT_EQ(calls, 1);
  });
}

// ---- WaitGroup -----------------------------------------------------------------------------------------------------

TEST_P(Sync, WaitAtZeroReturnsAtOnce) {
  here([&] {
    WaitGroup group;
    group.wait();
    group.add(2);
    group.done();
    group.done();
    group.wait();
  });
}

TEST_P(Sync, ANegativeCounterThrowsAndChangesNothing) {
  here([&] {
    WaitGroup group;
    EXPECT_THROW(group.done(), NegativeWaitGroupError);
    group.add(1);
    EXPECT_THROW(group.add(-2), NegativeWaitGroupError);
    group.done();
    group.wait();
  });
}

TEST_P(Sync, WaitReturnsWhenAllAreDone) {
  here([&] {
    WaitGroup group;
    std::atomic<int> done{0};
    group.add(50);
    for (int i = 0; i < 50; ++i) {
      spawn([&] {
        ++done;
        group.done();
      });
    }
    group.wait();
    EXPECT_EQ(done, 50);
  });
}

TEST_P(Sync, ManyMayWait) {
  here([&] {
    WaitGroup group;
    group.add(1);
    std::atomic<int> passed{0};
    for (int i = 0; i < 10; ++i) {
      spawn([&] {
        group.wait();
        ++passed;
      });
    }
    until_waiting(10);
    EXPECT_EQ(passed, 0);
    group.done();
    join();
    EXPECT_EQ(passed, 10);
  });
}

TEST_P(Sync, AGroupMayBeUsedAgain) {
  here([&] {
    WaitGroup group;
    std::atomic<int> sum{0};
    for (int round = 0; round < 50; ++round) {
      group.add(3);
      for (int i = 0; i < 3; ++i) {
        spawn([&] {
          ++sum;
          group.done();
        });
      }
      group.wait();
      EXPECT_EQ(sum, (round + 1) * 3);
    }
  });
}

TEST_P(Sync, GoStartsATaskAndCountsIt) {
  here([&] {
    WaitGroup group;
    std::atomic<int> sum{0};
    for (int i = 0; i < 10; ++i) {
      group.go([&sum, i, owned = std::make_unique<int>(i)] { sum += i + *owned; });
    }
    group.go({.name = "named"}, [&] { ++sum; });
    group.wait();
    EXPECT_EQ(sum, 91);
  });
}

// ---- Semaphore -----------------------------------------------------------------------------------------------------

TEST_P(Sync, ASemaphoreLimits) {
  here([&] {
    Semaphore semaphore(3);
    std::atomic<int> inside{0};
    for (int i = 0; i < 10; ++i) {
      spawn([&] {
        for (int k = 0; k < 50; ++k) {
          semaphore.acquire();
          EXPECT_LE(++inside, 3);
          yield();
          --inside;
          semaphore.release();
        }
      });
    }
    join();
    EXPECT_TRUE(semaphore.try_acquire(3));
    EXPECT_FALSE(semaphore.try_acquire());
  });
}

TEST_P(Sync, ALargeRequestIsNotPassedOver) {
  here([&] {
    Semaphore semaphore(2);
    semaphore.acquire(2);
    std::atomic<int> order{0};
    std::atomic<int> large{0};
    std::atomic<int> small{0};
    spawn([&] {
      semaphore.acquire(2);
      large = ++order;
      semaphore.release(2);
    });
    until_waiting(1);
    spawn([&] {
      semaphore.acquire(1);
      small = ++order;
      semaphore.release(1);
    });
    until_waiting(2);
    semaphore.release(1);
    EXPECT_FALSE(semaphore.try_acquire());  // the large one waits for it
    EXPECT_EQ(order, 0);
    semaphore.release(1);
    join();
    EXPECT_EQ(large, 1);
    EXPECT_EQ(small, 2);
  });
}

TEST(SemaphoreAtStart, NegativeNumbersAreRefused) {
  EXPECT_THROW(Semaphore(-1), Error);
  Semaphore semaphore(0);
  EXPECT_THROW(semaphore.acquire(-1), Error);
  EXPECT_THROW(semaphore.release(-1), Error);
}

}  // namespace
}  // namespace tenter
