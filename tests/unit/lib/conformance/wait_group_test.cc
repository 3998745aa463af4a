// Statements 88 to 95: WaitGroup.
#include <atomic>
#include <memory>

#include "conformance.h"

namespace tenter {
namespace {

TEST_P(Conformance, S088_a_negative_counter_throws_and_changes_nothing) {
  here([&] {
    WaitGroup group;
    EXPECT_THROW(group.done(), NegativeWaitGroupError);
    group.add(1);
    EXPECT_THROW(group.add(-2), NegativeWaitGroupError);
    group.done();
    group.wait();
  });
}

TEST_P(Conformance, S088_a_counter_may_go_up_and_down_by_more_than_one) {
  here([&] {
    WaitGroup group;
    group.add(5);
    group.add(-4);
    std::atomic<bool> passed{false};
    spawn([&] {
      group.wait();
      passed = true;
    });
    until_waiting(1);
    EXPECT_THROW(group.add(-2), NegativeWaitGroupError);  // with somebody waiting
    EXPECT_FALSE(passed);
    group.add(0);
    EXPECT_FALSE(passed);
    group.done();
    join();
    EXPECT_TRUE(passed);
  });
}

TEST_P(Conformance, S089_wait_at_zero_returns_at_once) {
  here([&] {
    WaitGroup group;
    group.wait();
    group.add(2);
    group.done();
    group.done();
    group.wait();
  });
}

TEST_P(Conformance, S090_one_done_ends_every_wait) {
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

TEST_P(Conformance, S092_a_group_may_be_used_again) {
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

// The waits of a round may still be on their way out when the next round begins.
TEST_P(Conformance, S092_a_new_round_may_begin_as_soon_as_one_wait_has_returned) {
  here([&] {
    WaitGroup group;
    for (int round = 0; round < 100; ++round) {
      group.add(1);
      std::atomic<int> passed{0};
      for (int i = 0; i < 3; ++i) {
        spawn([&] {
          group.wait();
          ++passed;
        });
      }
      until_waiting(3);
      group.done();
      group.add(1);
      while (passed != 3) { yield(); }
      EXPECT_EQ(passed, 3);  // none of them waits for the second one
      group.done();
      group.wait();
      join();
    }
  });
}

TEST_P(Conformance, S093_many_may_be_done_at_a_time) {
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

TEST_P(Conformance, S094_a_group_keeps_nobody_out) {
  here([&] {
    WaitGroup group;
    std::atomic<int> inside{0};
    for (int i = 0; i < 3; ++i) {
      spawn([&] {
        group.add(1);
        ++inside;
        while (inside < 3) { yield(); }  // all three are between add and done at a time
        group.done();
      });
    }
    join();
    group.wait();
  });
}

TEST_P(Conformance, S095_go_adds_spawns_and_says_done) {
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

}  // namespace
}  // namespace tenter
