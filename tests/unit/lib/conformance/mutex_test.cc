// Statements 68 to 82: Mutex and RWMutex.
#include <array>
#include <atomic>
#include <chrono>
#include <mutex>
#include <shared_mutex>
#include <type_traits>

#include "conformance.h"

namespace tenter {
namespace {

using namespace std::chrono_literals;

TEST_P(ConformanceOfTasks, S068_a_second_lock_by_the_same_task_waits) {
  here([&] {
    expect_waits_for_ever([] {
      Mutex mutex;
      mutex.lock();
      EXPECT_FALSE(mutex.try_lock());
      mutex.lock();
    });
    expect_waits_for_ever([] {
      RWMutex mutex;
      mutex.lock();
      mutex.lock_shared();
    });
    expect_waits_for_ever([] {
      RWMutex mutex;
      mutex.lock_shared();
      mutex.lock();
    });
  });
}

TEST_P(Conformance, S069_another_task_may_unlock) {
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

TEST_P(Conformance, S070_unlock_of_what_is_not_locked_throws) {
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

// In Go this ends the program. Here the caller learns of it, and the lock is as it was.
TEST_P(Conformance, S070_a_lock_is_as_good_as_before_after_a_wrong_unlock) {
  here([&] {
    Mutex mutex;
    RWMutex rw;
    int counter = 0;
    EXPECT_THROW(mutex.unlock(), UnlockError);
    EXPECT_THROW(rw.unlock(), UnlockError);
    EXPECT_THROW(rw.unlock_shared(), UnlockError);
    for (int i = 0; i < 3; ++i) {
      spawn([&] {
        for (int k = 0; k < 100; ++k) {
          const std::lock_guard first(mutex);
          const std::lock_guard second(rw);
          ++counter;
        }
      });
    }
    join();
    EXPECT_EQ(counter, 300);
  });
}

TEST_P(Conformance, S072_a_try_that_succeeds_holds_the_lock) {
  here([&] {
    Mutex mutex;
    int counter = 0;
    for (int i = 0; i < 4; ++i) {
      spawn([&] {
        for (int k = 0; k < 200;) {
          if (!mutex.try_lock()) {
            yield();
            continue;
          }
          const int seen = counter;
          if (k % 32 == 0) { yield(); }
          counter = seen + 1;
          mutex.unlock();
          ++k;
        }
      });
    }
    join();
    EXPECT_EQ(counter, 800);
  });
}

// One task takes the lock again and again; another must get it nevertheless.
TEST_P(Conformance, S073_nobody_starves) {
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

// The task that has the lock takes it again before the one that it woke can run. Without a hand-over the waiter would
// come too late every time; with one, the first unlock after a millisecond of waiting makes it the owner.
TEST_P(Conformance, S073_who_waited_a_millisecond_is_handed_the_lock) {
  here([&] {
    Mutex mutex;
    mutex.lock();
    const auto gate = make_chan<Unit>();
    spawn([&] {
      mutex.lock();
      (void)gate.recv();
      mutex.unlock();
    });
    until_waiting(1);
    sleep_for(2ms);
    mutex.unlock();
    EXPECT_FALSE(mutex.try_lock());
    gate.send({});
    join();
  });
}

TEST_P(Conformance, S074_a_waiting_writer_keeps_new_readers_out) {
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

TEST_P(Conformance, S075_attempts_fail_as_the_lock_would_wait) {
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

TEST_P(Conformance, S076_readers_that_wait_run_before_the_next_writer) {
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

// What the recursive reader runs into once a writer comes between; that it is reported before is a matter of the analysis.
TEST_P(ConformanceOfTasks, S077_a_writer_between_two_read_locks_of_one_task_stops_both) {
  here([&] {
    RWMutex mutex;
    const auto gate = make_chan<Unit>();
    go([&] {
      mutex.lock_shared();
      (void)gate.recv();
      mutex.lock_shared();
      ADD_FAILURE() << "the writer was passed over";
    });
    until_waiting(1);
    go([&] {
      mutex.lock();
      ADD_FAILURE() << "a reader was still there";
    });
    until_waiting(2);
    gate.send({});
    for (int i = 0; i < 100; ++i) { yield(); }
    until_waiting(2);
    EXPECT_FALSE(mutex.try_lock());
    EXPECT_FALSE(mutex.try_lock_shared());
  });
}

TEST_P(Conformance, S078_what_a_writer_wrote_is_read_and_readers_are_together) {
  here([&] {
    RWMutex mutex;
    int value = 0;
    std::atomic<int> inside{0};
    mutex.lock();
    for (int i = 0; i < 4; ++i) {
      spawn([&] {
        const std::shared_lock reader(mutex);
        EXPECT_EQ(value, 1);
        ++inside;
        while (inside < 4) { yield(); }  // all four at a time
      });
    }
    until_waiting(4);
    value = 1;
    mutex.unlock();
    join();
    const std::lock_guard writer(mutex);
    value = 2;
  });
}

TEST_P(Conformance, S080_the_shared_locker_is_the_read_side) {
  here([&] {
    RWMutex mutex;
    std::lock_guard guard(mutex.shared_locker());
    EXPECT_TRUE(mutex.try_lock_shared());
    EXPECT_FALSE(mutex.try_lock());
    mutex.unlock_shared();
  });
}

TEST_P(Conformance, S081_a_mutex_may_be_used_as_a_signal) {
  here([&] {
    Mutex done;
    int value = 0;
    done.lock();
    spawn([&] {
      value = 7;
      done.unlock();  // by another than the one that locked it
    });
    done.lock();
    EXPECT_EQ(value, 7);
    done.unlock();
    join();
  });
}

template <class T>
constexpr bool stays_in_its_place = !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T> &&
                                    !std::is_move_constructible_v<T> && !std::is_move_assignable_v<T>;

TEST_P(Conformance, S082_a_lock_cannot_be_copied) {
  static_assert(stays_in_its_place<Mutex> && stays_in_its_place<RWMutex> && stays_in_its_place<Once>);
  static_assert(stays_in_its_place<WaitGroup> && stays_in_its_place<Semaphore>);
}

}  // namespace
}  // namespace tenter
