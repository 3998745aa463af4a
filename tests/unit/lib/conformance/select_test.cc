// Statements 39 to 58: select.
#include <malloc.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <mutex>
#include <string>

#include "conformance.h"

namespace tenter {
namespace {

using namespace std::chrono_literals;

TEST_P(Conformance, S039_the_choice_among_ready_cases_is_fair) {
  here([&] {
    const auto a = make_chan<Unit>();
    a.close();
    std::array<int, 3> counts{};
    constexpr int trials = 30'000;
    for (int i = 0; i < trials; ++i) { ++counts[select(on_recv(a), on_recv(a), on_recv(a))]; }
    const double sigma = std::sqrt(trials * (1.0 / 3) * (2.0 / 3));
    for (const int count : counts) { EXPECT_NEAR(count, trials / 3.0, 5 * sigma); }
  });
}

TEST_P(Conformance, S040_a_channel_may_be_in_any_number_of_cases) {
  here([&] {
    const auto channel = make_chan<int>(2);
    channel.send(0);
    // One value and one free place: every case is ready.
    std::array<int, 4> counts{};
    for (int i = 0; i < 400; ++i) {
      const std::size_t index = select(on_recv(channel), on_send(channel, 1), on_recv(channel), on_send(channel, 1));
      ++counts[index];
      if (index % 2 == 0) {
        channel.send(0);
      } else {
        (void)channel.recv();
      }
    }
    for (const int count : counts) { EXPECT_GT(count, 0); }
  });
}

// Go evaluates the operands in the order of the source. Here they are arguments of a function, whose order is the compiler's.
TEST_P(Conformance, S041_cases_are_evaluated_once_even_if_not_chosen) {
  here([&] {
    const auto a = make_chan<int>(1);
    const auto b = make_chan<int>();
    std::string order;
    const auto channel = [&](char name, const Chan<int>& which) {
      order += name;
      return which;
    };
    const auto first = on_send(channel('a', a), (order += '1', 1));
    const auto second = on_send(channel('b', b), (order += '2', 2));
    select(first, second);
    EXPECT_EQ(order.size(), 4u);
    EXPECT_EQ(a.recv(), 1);
  });
}

TEST_P(Conformance, S041_only_the_chosen_case_has_its_handler_called) {
  here([&] {
    const auto a = make_chan<int>(1);
    const auto b = make_chan<int>(1);
    for (int i = 0; i < 50; ++i) {
      a.send(1);
      b.send(2);
      std::string called;
      const std::size_t index =
          select(on_recv(a, [&](int) { called += 'a'; }), on_recv(b, [&](int) { called += 'b'; }));
      EXPECT_EQ(called, index == 0 ? "a" : "b");
      EXPECT_EQ(a.len() + b.len(), 1u);
      (void)(index == 0 ? b : a).recv();
    }
  });
}

TEST_P(Conformance, S042_otherwise_is_taken_only_if_nothing_is_ready) {
  here([&] {
    const auto a = make_chan<int>(1);
    bool other = false;
    EXPECT_EQ(select(on_recv(a), otherwise([&] { other = true; })), 1u);
    EXPECT_TRUE(other);
    a.send(1);
    EXPECT_EQ(select(otherwise([] { FAIL(); }), on_recv(a)), 1u);
    EXPECT_EQ(select(otherwise()), 0u);
  });
}

TEST_P(Conformance, S043_a_select_never_meets_itself) {
  here([&] {
    const auto unbuffered = make_chan<int>();
    EXPECT_EQ(select(on_send(unbuffered, 1), on_recv(unbuffered), otherwise()), 2u);
  });
}

TEST_P(ConformanceOfTasks, S043_a_select_that_could_only_meet_itself_waits) {
  here([&] {
    expect_waits_for_ever([] {
      const auto channel = make_chan<int>();
      select(on_send(channel, 1), on_recv(channel));
    });
  });
}

TEST_P(Conformance, S044_with_one_place_a_select_sends_when_empty_and_receives_when_full) {
  here([&] {
    const auto one = make_chan<int>(1);
    for (int i = 0; i < 20; ++i) {
      EXPECT_EQ(select(on_send(one, i), on_recv(one)), 0u);
      EXPECT_EQ(select(on_send(one, -1), on_recv(one, [&](int value) { EXPECT_EQ(value, i); })), 1u);
    }
  });
}

TEST_P(Conformance, S045_of_two_self_selects_one_sends_and_one_receives) {
  for (const std::size_t capacity : {0u, 1u}) {
    here([&] {
      const auto channel = make_chan<int>(capacity);
      std::atomic<int> sent{0};
      std::atomic<int> received{0};
      constexpr int each = 500;
      for (int who = 0; who < 2; ++who) {
        spawn([&, who] {
          for (int i = 0; i < each; ++i) {
            select(on_send(channel, who, [&] { ++sent; }), on_recv(channel, [&, who](int from) {
                     ++received;
                     if (capacity == 0) { EXPECT_NE(from, who); }
                   }));
          }
        });
      }
      // The last one might have lost its partner.
      while (sent + received < 2 * each - 1) { yield(); }
      while (sent + received < 2 * each) {
        select(on_send(channel, 9), on_recv(channel), otherwise([] { yield(); }));
      }
      join();
    });
  }
}

TEST_P(Conformance, S046_a_send_case_on_a_closed_channel_is_ready_and_throws) {
  here([&] {
    const auto a = make_chan<int>();
    a.close();
    EXPECT_THROW(select(on_send(a, 1), otherwise()), ClosedChannelError);
    // Beside another ready case it is chosen about half of the time.
    const auto b = make_chan<int>();
    b.close();
    int thrown = 0;
    for (int i = 0; i < 2000; ++i) {
      try {
        select(on_send(a, 1), on_recv(b));
      } catch (const ClosedChannelError&) { ++thrown; }
    }
    EXPECT_NEAR(thrown, 1000, 5 * std::sqrt(2000 * 0.25));
  });
}

TEST_P(Conformance, S047_close_makes_a_waiting_send_case_throw) {
  here([&] {
    const auto a = make_chan<int>();
    const auto b = make_chan<int>();
    spawn([&] { EXPECT_THROW(select(on_recv(a), on_send(b, 1)), ClosedChannelError); });
    until_waiting(1);
    b.close();
    join();
  });
}

TEST_P(Conformance, S048_nil_channels_are_never_chosen) {
  here([&] {
    const Chan<int> nil;
    const auto a = make_chan<int>(1);
    for (int i = 0; i < 10; ++i) {
      a.send(1);
      EXPECT_EQ(select(on_recv(nil), on_send(nil, 1), on_recv(a)), 2u);
    }
    EXPECT_EQ(select(on_recv(nil), otherwise()), 1u);
  });
}

TEST_P(ConformanceOfTasks, S048_a_select_without_a_case_that_can_be_ready_waits_for_ever) {
  here([&] {
    expect_waits_for_ever([] { select(); });
    expect_waits_for_ever([] { select(on_recv(Chan<int>()), on_send(Chan<int>(), 1)); });
    expect_waits_for_ever([] { Selector().wait(); });
  });
}

TEST_P(Conformance, S049_a_lost_case_leaves_its_queue) {
  here([&] {
    const auto a = make_chan<int>();
    const auto b = make_chan<int>();
    for (int i = 0; i < 100; ++i) {
      spawn([&] { select(on_recv(a), on_recv(b)); });
      until_waiting(1);
      a.send(i);
      join();
      EXPECT_FALSE(b.try_send(i));  // nobody waits there any more
    }
  });
}

// Each of many selects stands in all queues; whoever wakes one takes it out of all of them, from wherever it stood.
TEST_P(Conformance, S049_a_select_that_was_woken_leaves_every_queue_intact) {
  here([&] {
    constexpr int count = 9;
    const auto a = make_chan<int>();
    const auto b = make_chan<int>();
    std::array<std::atomic<int>, count> got{};
    for (std::size_t i = 0; i < count; ++i) {
      spawn([&, i] {
        select(on_recv(a, [&](int value) { got[i] = value; }), on_recv(b, [&](int value) { got[i] = value; }));
      });
      until_waiting(i + 1);
    }
    for (int i = 0; i < count; ++i) { (i % 3 == 0 ? b : a).send(i + 1); }
    join();
    for (std::size_t i = 0; i < count; ++i) { EXPECT_EQ(got[i], static_cast<int>(i) + 1); }
    EXPECT_FALSE(a.try_send(0));
    EXPECT_FALSE(b.try_send(0));
  });
}

TEST_P(Conformance, S050_overlapping_selects_lose_and_repeat_nothing) {
  here([&] {
    const auto a = make_chan<int>();
    const auto b = make_chan<int>();
    constexpr int count = 2000;
    std::atomic<int> sent{0};
    spawn([&] {
      for (int i = 0; i < count; ++i) {
        select(on_send(a, i, [&] { ++sent; }), on_send(b, i, [&] { ++sent; }));
      }
    });
    int last = -1;
    for (int i = 0; i < count; ++i) {
      const auto check = [&](int v) {
        EXPECT_EQ(v, last + 1);
        last = v;
      };
      select(on_recv(a, check), on_recv(b, check));
    }
    join();
    EXPECT_EQ(sent, count);
  });
}

// The waiters of a select live on its stack; nothing is left behind when it is over. A thread that first comes to work here takes
// memory of its own, and so does what a worker keeps for the next task: each of these once. What a round left behind would be there
// after each of the stretches, so the thriftiest of them tells.
TEST_P(Conformance, S051_waiting_takes_no_memory_per_round) {
  here([&] {
    const auto busy = make_chan<int>();
    const auto silent = make_chan<int>();
    constexpr int stretches = 5;
    constexpr int count = 10'000;
    spawn([&] {
      for (int i = 0; i < stretches * count; ++i) { busy.send(i); }
    });
    Selector many;  // more cases than fit on the stack
    many.recv(busy);
    for (int i = 0; i < 20; ++i) { many.recv(silent); }
    std::size_t least = SIZE_MAX;
    for (int stretch = 0; stretch < stretches; ++stretch) {
      const std::size_t before = mallinfo2().uordblks;
      for (int i = 0; i < count; i += 2) {
        select(on_recv(busy), on_recv(silent));
        many.wait();
      }
      const std::size_t after = mallinfo2().uordblks;
      least = std::min(least, after - std::min(before, after));
    }
    EXPECT_LT(least, count) << "a byte a round";
    EXPECT_FALSE(silent.try_send(1));
    join();
  });
}

TEST_P(Conformance, S055_two_ready_cases_do_not_starve) {
  here([&] {
    const auto a = make_chan<Unit>(1);
    const auto b = make_chan<Unit>(1);
    std::array<int, 2> counts{};
    constexpr int trials = 10'000;
    for (int i = 0; i < trials; ++i) {
      (void)a.try_send({});
      (void)b.try_send({});
      ++counts[select(on_recv(a), on_recv(b))];
    }
    EXPECT_NEAR(counts[0], trials / 2.0, 5 * std::sqrt(trials * 0.25));
  });
}

TEST_P(Conformance, S056_attempts_succeed_when_a_partner_waits) {
  here([&] {
    const Chan<int> channel = make_chan<int>();
    EXPECT_FALSE(channel.try_send(1));
    EXPECT_FALSE(channel.try_recv().value);
    spawn([&] { EXPECT_EQ(channel.recv(), 5); });
    until_waiting(1);
    EXPECT_TRUE(channel.try_send(5));
    join();
    spawn([&] { channel.send(6); });
    until_waiting(1);
    EXPECT_EQ(channel.try_recv().value, 6);
    join();
  });
}

// The sender tries, the other side closes: whoever of the two comes first, one of them has the value.
TEST_P(Conformance, S056_an_attempt_beside_a_close_finds_the_one_or_the_other) {
  for (int round = 0; round < 300; ++round) {
    here([&] {
      const auto channel = make_chan<int>(1);
      channel.send(1);
      spawn([&] { EXPECT_EQ(select(on_recv(channel), otherwise()), 0u) << "there is a value, or it is closed"; });
      channel.close();
      (void)channel.try_recv();
      join();
      EXPECT_TRUE(channel.try_recv().closed);
    });
  }
}

TEST_P(Conformance, S057_a_timeout_leaves_the_other_cases_alone) {
  here([&] {
    const auto channel = make_chan<int>();
    EXPECT_EQ(select(on_recv(channel), on_recv(after(1ms))), 1u);
    spawn([&] { channel.send(5); });
    EXPECT_EQ(channel.recv(), 5);
    join();
  });
}

// A loop that only polls must not keep its worker from the task that it waits for.
TEST_P(Conformance, S058_polling_lets_others_run) {
  here([&] {
    const auto channel = make_chan<int>();
    go([=] { channel.send(1); });
    while (!channel.try_recv().value) {}
    Mutex mutex;
    bool done = false;
    go([&] {
      std::lock_guard guard(mutex);
      done = true;
    });
    for (bool seen = false; !seen;) {
      std::lock_guard guard(mutex);
      seen = done;
    }
    std::atomic<bool> flag{false};
    go([&] { flag = true; });
    while (!flag) { select(on_recv(channel), otherwise()); }
  });
}

}  // namespace
}  // namespace tenter
