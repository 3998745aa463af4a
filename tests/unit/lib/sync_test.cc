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

// ---- WaitGroup -----------------------------------------------------------------------------------------------------

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

}  // namespace
}  // namespace tenter
