// Mutex and RWMutex.
#include <array>
#include <atomic>
#include <mutex>
#include <shared_mutex>

#include "everywhere.h"

namespace tenter {
namespace {

class Lock : public Everywhere {};
INSTANTIATE_TEST_SUITE_P(Places, Lock, all_places(), place_name);

TEST_P(Lock, OneAtATime) {
  here([&] {
    Mutex mutex;
    int counter = 0;
    for (int i = 0; i < 4; ++i) {
      spawn([&] {
        for (int k = 0; k < 2000; ++k) {
          std::lock_guard guard(mutex);
          ++counter;
        }
      });
    }
    join();
    EXPECT_EQ(counter, 8000);
  });
}

TEST_P(Lock, OneAtATimeAlsoAcrossSwitches) {
  here([&] {
    Mutex mutex;
    int inside = 0;
    for (int i = 0; i < 4; ++i) {
      spawn([&] {
        for (int k = 0; k < 200; ++k) {
          std::lock_guard guard(mutex);
          EXPECT_EQ(++inside, 1);
          yield();
          --inside;
        }
      });
    }
    join();
  });
}

TEST_P(Lock, TryLockFailsWhileItIsHeld) {
  here([&] {
    Mutex mutex;
    EXPECT_TRUE(mutex.try_lock());
    spawn([&] { EXPECT_FALSE(mutex.try_lock()); });
    join();
    EXPECT_FALSE(mutex.try_lock());  // not recursive either
    mutex.unlock();
    EXPECT_TRUE(mutex.try_lock());
    mutex.unlock();
  });
}

TEST_P(Lock, AWrongUnlockChangesNothing) {
  here([&] {
    Mutex mutex;
    for (int i = 0; i < 3; ++i) {
      EXPECT_THROW(mutex.unlock(), UnlockError);
      EXPECT_TRUE(mutex.try_lock());
      EXPECT_FALSE(mutex.try_lock());
      mutex.unlock();
    }
  });
}

TEST_P(Lock, ReadersAndWritersKeepEachOtherOut) {
  here([&] {
    RWMutex mutex;
    std::atomic<int> readers{0};
    int written = 0;
    for (int i = 0; i < 3; ++i) {
      spawn([&] {
        for (int k = 0; k < 300; ++k) {
          std::lock_guard guard(mutex);
          EXPECT_EQ(readers, 0);
          ++written;
          if (k % 16 == 0) { yield(); }
        }
      });
      spawn([&] {
        for (int k = 0; k < 300; ++k) {
          std::shared_lock guard(mutex);
          ++readers;
          if (k % 8 == 0) { yield(); }
          EXPECT_GE(written, 0);
          --readers;
        }
      });
    }
    join();
    EXPECT_EQ(written, 900);
  });
}

// Who has it changes so often that readers come while a writer is just leaving, or waits for the ones before them.
TEST_P(Lock, NobodyIsLostWhileAReadWriteLockChangesHands) {
  here([&] {
    RWMutex mutex;
    std::atomic<int> readers{0};
    std::atomic<int> writers{0};
    for (int i = 0; i < 4; ++i) {
      spawn([&, i] {
        for (int k = i; k < 3000; ++k) {
          if (k % 5 == 0) {
            std::lock_guard guard(mutex);
            EXPECT_EQ(writers++, 0);
            EXPECT_EQ(readers, 0);
            if (k % 3 == 0) { yield(); }
            --writers;
          } else if (k % 7 != 0 || mutex.try_lock_shared()) {
            if (k % 7 != 0) { mutex.lock_shared(); }
            ++readers;
            EXPECT_EQ(writers, 0);
            if (k % 11 == 0) { yield(); }
            --readers;
            mutex.unlock_shared();
          }
        }
      });
    }
    join();
    EXPECT_TRUE(mutex.try_lock());
    mutex.unlock();
  });
}

TEST_P(Lock, AWrongUnlockOfAReadWriteLockChangesNothing) {
  here([&] {
    RWMutex mutex;
    for (int i = 0; i < 3; ++i) {
      EXPECT_THROW(mutex.unlock_shared(), UnlockError);
      EXPECT_THROW(mutex.unlock(), UnlockError);
      mutex.lock();
      EXPECT_THROW(mutex.unlock_shared(), UnlockError);
      EXPECT_FALSE(mutex.try_lock_shared());
      mutex.unlock();
      mutex.lock_shared();
      EXPECT_THROW(mutex.unlock(), UnlockError);
      EXPECT_FALSE(mutex.try_lock());
      mutex.unlock_shared();
    }
    EXPECT_TRUE(mutex.try_lock());
    mutex.unlock();
  });
}

// Virtual time: nobody waits so long that the lock is handed over, after which the second unlock() would be one of it.
TEST(LockOnItsWay, AWrongUnlockChangesNothing) {
  detail::SeededDecisions decisions(1);
  detail::install_decisions(&decisions);
  run([] {
    Mutex mutex;
    int entered = 0;
    WaitGroup group;
    mutex.lock();
    for (int i = 0; i < 3; ++i) {
      group.go([&] {
        std::lock_guard guard(mutex);
        ++entered;
      });
    }
    until_waiting(3);
    mutex.unlock();  // one was woken and did not run yet; the others still wait
    EXPECT_THROW(mutex.unlock(), UnlockError);
    group.wait();
    EXPECT_EQ(entered, 3);
    EXPECT_TRUE(mutex.try_lock());
    mutex.unlock();
  });
  detail::install_decisions(nullptr);
}

TEST(LockAtStart, GlobalsNeedNoInitialization) {
  static constinit Mutex mutex;
  static constinit RWMutex rw;
  static constinit WaitGroup group;
  static constinit Once once;
  mutex.lock();
  mutex.unlock();
  rw.lock();
  rw.unlock();
  group.wait();
  int calls = 0;
  once.call([&] { ++calls; });
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace tenter
