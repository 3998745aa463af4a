// Statements 96 to 101: Cond.
#include <atomic>
#include <mutex>
#include <type_traits>
#include <vector>

#include "conformance.h"

namespace tenter {
namespace {

TEST_P(Conformance, S096_signals_without_waiters_are_forgotten) {
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

TEST_P(Conformance, S096_a_signal_wakes_one_and_a_broadcast_those_who_wait_now) {
  here([&] {
    Mutex mutex;
    Cond cond(mutex);
    int came = 0;  // under the mutex
    std::atomic<int> woken{0};
    const auto wait_once = [&] {
      const std::lock_guard guard(mutex);
      ++came;
      cond.wait();
      ++woken;
    };
    // Who only waits for the mutex is missed by a signal.
    const auto until_all_wait_for_a_signal = [&](int all) {
      for (bool all_came = false; !all_came; yield()) {
        const std::lock_guard guard(mutex);
        all_came = came == all;
      }
    };
    for (int i = 0; i < 4; ++i) { spawn(wait_once); }
    until_all_wait_for_a_signal(4);
    cond.signal();
    while (woken != 1) { yield(); }
    cond.broadcast();
    while (woken != 4) { yield(); }
    spawn(wait_once);  // comes after the broadcast, and is not woken by it
    until_all_wait_for_a_signal(5);
    EXPECT_EQ(woken, 4);
    cond.signal();
    join();
  });
}

TEST_P(Conformance, S097_signal_wakes_who_waits_longest) {
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

TEST_P(Conformance, S098_wait_unlocks_and_locks_again) {
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

TEST_P(Conformance, S098_wait_without_the_lock_throws_and_leaves_the_queue) {
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

TEST_P(Conformance, S099_who_signals_need_not_hold_the_lock) {
  here([&] {
    Mutex mutex;
    Cond cond(mutex);
    std::atomic<int> value{0};
    spawn([&] {
      const std::lock_guard guard(mutex);
      cond.wait([&] { return value == 1; });
      value = 2;
      cond.signal();  // nobody waits any more; holding the lock is allowed too
    });
    until_waiting(1);
    value = 1;
    cond.signal();
    join();
    EXPECT_EQ(value, 2);
  });
}

// The one that was woken has no right of way: whoever takes the lock first may undo what it was woken for.
TEST_P(Conformance, S100_another_may_come_before_the_one_that_was_woken) {
  here([&] {
    Mutex mutex;
    Cond cond(mutex);
    int items = 0;
    std::atomic<int> woken{0};
    spawn([&] {
      const std::lock_guard guard(mutex);
      cond.wait([&] {
        ++woken;
        return items > 0;
      });
      --items;
    });
    until_waiting(1);
    for (int i = 0; i < 5; ++i) {
      const int before = woken;
      {
        const std::lock_guard guard(mutex);
        ++items;
        cond.signal();
        --items;  // gone again before the lock is free
      }
      while (woken == before) { yield(); }
      until_waiting(1);  // it has looked, and waits again
    }
    {
      const std::lock_guard guard(mutex);
      ++items;
    }
    cond.signal();
    join();
    EXPECT_EQ(items, 0);
    EXPECT_EQ(woken, 7);
  });
}

TEST_P(Conformance, S101_a_condition_cannot_be_copied) {
  static_assert(!std::is_copy_constructible_v<Cond> && !std::is_copy_assignable_v<Cond>);
  static_assert(!std::is_move_constructible_v<Cond> && !std::is_move_assignable_v<Cond>);
}

}  // namespace
}  // namespace tenter
