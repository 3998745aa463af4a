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

TEST_P(Lock, AnotherTaskMayUnlock) {
  here([&] {
    Mutex mutex;
    mutex.lock();
    std::atomic<bool> obtained{false};
    spawn([&] {
      mutex.lock();
      obtained = true;
    });
    until_waiting(1);
    EXPECT_FALSE(obtained);
    spawn([&] { mutex.unlock(); });
    join();
    EXPECT_TRUE(obtained);
    mutex.unlock();
  });
}

TEST_P(Lock, UnlockOfUnlockedThrows) {
  here([&] {
    Mutex mutex;
    EXPECT_THROW(mutex.unlock(), UnlockError);
    mutex.lock();
    mutex.unlock();
    EXPECT_THROW(mutex.unlock(), UnlockError);
    RWMutex rw;
    EXPECT_THROW(rw.unlock(), UnlockError);
    EXPECT_THROW(rw.unlock_shared(), UnlockError);
    rw.lock_shared();
    EXPECT_THROW(rw.unlock(), UnlockError);
    rw.unlock_shared();
    rw.lock();
    EXPECT_THROW(rw.unlock_shared(), UnlockError);
    rw.unlock();
  });
}

// One task takes the lock again and again; another must get it nevertheless.
TEST_P(Lock, NobodyStarves) {
  here([&] {
    Mutex mutex;
    std::atomic<bool> done{false};
    spawn([&] {
      while (!done) {
        std::lock_guard guard(mutex);
        yield();
      }
    });
    for (int i = 0; i < 20; ++i) {
      std::lock_guard guard(mutex);
      yield();
    }
    done = true;
    join();
  });
}

TEST_P(Lock, ReadersShareAndWritersDoNot) {
  here([&] {
    RWMutex mutex;
    mutex.lock_shared();
    EXPECT_TRUE(mutex.try_lock_shared());
    EXPECT_FALSE(mutex.try_lock());
    mutex.unlock_shared();
    EXPECT_FALSE(mutex.try_lock());
    mutex.unlock_shared();
    EXPECT_TRUE(mutex.try_lock());
    EXPECT_FALSE(mutex.try_lock_shared());
    EXPECT_FALSE(mutex.try_lock());
    mutex.unlock();
  });
}

TEST_P(Lock, AWaitingWriterKeepsNewReadersOut) {
  here([&] {
    RWMutex mutex;
    std::atomic<int> order{0};
    std::atomic<int> writer_was{0};
    std::atomic<int> reader_was{0};
    mutex.lock_shared();
    spawn([&] {
      mutex.lock();
      writer_was = ++order;
      mutex.unlock();
    });
    until_waiting(1);
    EXPECT_FALSE(mutex.try_lock_shared());
    spawn([&] {
      mutex.lock_shared();
      reader_was = ++order;
      mutex.unlock_shared();
    });
    until_waiting(2);
    mutex.unlock_shared();
    join();
    EXPECT_EQ(writer_was, 1);
    EXPECT_EQ(reader_was, 2);
  });
}

TEST_P(Lock, ReadersThatWaitRunBeforeTheNextWriter) {
  here([&] {
    RWMutex mutex;
    std::atomic<int> order{0};
    std::atomic<int> second_writer{0};
    std::array<std::atomic<int>, 3> readers{};
    mutex.lock();
    spawn([&] {
      mutex.lock();
      second_writer = ++order;
      mutex.unlock();
    });
    until_waiting(1);
    for (std::size_t i = 0; i < readers.size(); ++i) {
      spawn([&, i] {
        mutex.lock_shared();
        readers[i] = ++order;
        mutex.unlock_shared();
      });
      until_waiting(i + 2);
    }
    mutex.unlock();
    join();
    EXPECT_EQ(second_writer, 4);
    for (auto& reader : readers) { EXPECT_LT(reader, 4); }
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

TEST_P(Lock, TheSharedLockerIsTheReadSide) {
  here([&] {
    RWMutex mutex;
    std::lock_guard guard(mutex.shared_locker());
    EXPECT_TRUE(mutex.try_lock_shared());
    EXPECT_FALSE(mutex.try_lock());
    mutex.unlock_shared();
  });
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
