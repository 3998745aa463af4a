// select and Selector.
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <memory>
#include <string>

#include "everywhere.h"

namespace tenter {
namespace {

using namespace std::chrono_literals;

class Select : public Everywhere {};
INSTANTIATE_TEST_SUITE_P(Places, Select, all_places(), place_name);

TEST_P(Select, TakesTheReadyCaseAndReturnsItsIndex) {
  here([&] {
    const auto a = make_chan<int>(1);
    const auto b = make_chan<std::string>(1);
    b.send("b");
    std::string got;
    EXPECT_EQ(select(on_recv(a, [](int) { FAIL(); }), on_recv(b, [&](std::string s) { got = s; })), 1u);
    EXPECT_EQ(got, "b");
    bool sent = false;
    EXPECT_EQ(select(on_send(a, 5, [&] { sent = true; }), on_recv(b)), 0u);
    EXPECT_TRUE(sent);
    EXPECT_EQ(a.recv(), 5);
  });
}

TEST_P(Select, OtherwiseIsTakenOnlyIfNothingIsReady) {
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

TEST_P(Select, HandlersTakeTheFormThatFits) {
  here([&] {
    const auto a = make_chan<int>(4);
    for (int i = 1; i <= 4; ++i) { a.send(i); }
    int got = 0;
    select(on_recv(a, [&](std::optional<int> v) { got = *v; }));
    EXPECT_EQ(got, 1);
    select(on_recv(a, [&](int v) { got = v; }));
    EXPECT_EQ(got, 2);
    select(on_recv(a, [&] { got = -1; }));
    EXPECT_EQ(got, -1);
    select(on_recv(a, [&](auto v) {
      static_assert(std::is_same_v<decltype(v), std::optional<int>>);
      got = *v;
    }));
    EXPECT_EQ(got, 4);
    a.close();
    select(on_recv(a, [&](std::optional<int> v) { got = v ? 1 : -2; }));
    EXPECT_EQ(got, -2);
    select(on_recv(a, [&](int v) { got = v; }));
    EXPECT_EQ(got, 0);
    select(on_recv(a, [&] { got = 7; }));
    EXPECT_EQ(got, 7);
  });
}

TEST_P(Select, WaitsUntilACaseIsReady) {
  here([&] {
    const auto a = make_chan<int>();
    const auto b = make_chan<int>();
    for (int round = 0; round < 2; ++round) {
      std::atomic<int> got{0};
      spawn([&] { select(on_recv(a, [&](int v) { got = v; }), on_recv(b, [&](int v) { got = 100 + v; })); });
      until_waiting(1);
      (round == 0 ? a : b).send(5);
      join();
      EXPECT_EQ(got, round == 0 ? 5 : 105);
    }
  });
}

TEST_P(Select, AWaitingSendCaseIsTakenByAReceiver) {
  here([&] {
    const auto a = make_chan<int>();
    const auto b = make_chan<int>();
    std::atomic<std::size_t> index{9};
    spawn([&] { index = select(on_send(a, 1), on_send(b, 2)); });
    until_waiting(1);
    EXPECT_EQ(b.recv(), 2);
    join();
    EXPECT_EQ(index, 1u);
    EXPECT_FALSE(a.try_recv().value);
  });
}

TEST_P(Select, ALostCaseLeavesItsQueue) {
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

TEST_P(Select, CloseWakesAWaitingReceiveCase) {
  here([&] {
    const auto a = make_chan<int>();
    const auto b = make_chan<int>();
    std::atomic<bool> closed{false};
    spawn([&] { select(on_recv(a, [&](std::optional<int> v) { closed = !v.has_value(); }), on_send(b, 1)); });
    until_waiting(1);
    a.close();
    join();
    EXPECT_TRUE(closed);
  });
}

TEST_P(Select, CloseMakesAWaitingSendCaseThrow) {
  here([&] {
    const auto a = make_chan<int>();
    const auto b = make_chan<int>();
    spawn([&] { EXPECT_THROW(select(on_recv(a), on_send(b, 1)), ClosedChannelError); });
    until_waiting(1);
    b.close();
    join();
  });
}

TEST_P(Select, ASendCaseOnAClosedChannelIsReadyAndThrows) {
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

TEST_P(Select, NilChannelsAreNeverChosen) {
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

TEST_P(Select, NeverMeetsItself) {
  here([&] {
    const auto unbuffered = make_chan<int>();
    EXPECT_EQ(select(on_send(unbuffered, 1), on_recv(unbuffered), otherwise()), 2u);
    // With one place: empty, it sends; full, it receives.
    const auto one = make_chan<int>(1);
    EXPECT_EQ(select(on_send(one, 1), on_recv(one)), 0u);
    EXPECT_EQ(select(on_send(one, 1), on_recv(one)), 1u);
  });
}

TEST_P(Select, OfTwoSelfSelectsOneSendsAndOneReceives) {
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

TEST_P(Select, OverlappingSelectsNeverBothCommunicate) {
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

TEST_P(Select, TheChoiceIsFair) {
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

TEST_P(Select, TwoReadyCasesDoNotStarve) {
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

TEST_P(Select, CasesAreEvaluatedOnceEvenIfNotChosen) {
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

TEST_P(Select, HandlersMayWaitAndSelectAgain) {
  here([&] {
    const auto a = make_chan<int>(2);
    const auto b = make_chan<int>();
    a.send(1);
    spawn([&] { b.send(2); });
    int inner = 0;
    select(on_recv(a, [&](int) {
      select(on_recv(b, [&](int v) { inner = v; }));
      a.send(3);
    }));
    EXPECT_EQ(inner, 2);
    EXPECT_EQ(a.recv(), 3);
    join();
  });
}

TEST_P(Select, MoveOnlyValues) {
  here([&] {
    const auto a = make_chan<std::unique_ptr<int>>(1);
    EXPECT_EQ(select(on_send(a, std::make_unique<int>(4))), 0u);
    int got = 0;
    select(on_recv(a, [&](std::unique_ptr<int> v) { got = *v; }));
    EXPECT_EQ(got, 4);
  });
}

TEST_P(Select, ACaseHoldsItsHandle) {
  here([&] { EXPECT_EQ(select(on_recv(after(1ms))), 0u); });
}

TEST_P(Select, ManyCasesAndManyTasks) {
  here([&] {
    constexpr std::size_t channels = 20;
    constexpr int each = 100;
    std::vector<Chan<int>> all;
    for (std::size_t i = 0; i < channels; ++i) { all.push_back(make_chan<int>(i % 3)); }
    for (std::size_t i = 0; i < channels; ++i) {
      spawn([=] {
        for (int k = 0; k < each; ++k) { all[i].send(k); }
      });
    }
    std::array<int, channels> next{};
    Selector selector;
    for (std::size_t i = 0; i < channels; ++i) {
      selector.recv(all[i], [&, i](int v) { EXPECT_EQ(v, next[i]++); });
    }
    for (std::size_t i = 0; i < channels * each; ++i) { selector.wait(); }
    for (const int n : next) { EXPECT_EQ(n, each); }
    join();
  });
}

TEST_P(Select, SelectorWithEveryKindOfCase) {
  here([&] {
    const auto a = make_chan<int>();
    const auto b = make_chan<int>(1);
    int others = 0;
    Selector selector;
    EXPECT_EQ(selector.recv(a, [](int) { FAIL(); }), 0u);
    EXPECT_EQ(selector.send(b, 8), 1u);
    selector.otherwise([&] { ++others; });
    EXPECT_EQ(selector.wait(), 1u);
    EXPECT_EQ(selector.wait(), 2u);
    EXPECT_EQ(others, 1);
    EXPECT_EQ(b.recv(), 8);
    EXPECT_EQ(selector.wait(), 1u);
    EXPECT_THROW(selector.otherwise(), Error);
  });
}

// The waiters of a select live on its stack; nothing is left behind when it is over.
TEST_P(Select, WaitingTakesNoMemoryPerRound) {
  here([&] {
    const auto busy = make_chan<int>();
    const auto silent = make_chan<int>();
    constexpr int count = 3000;
    spawn([&] {
      for (int i = 0; i < count; ++i) { busy.send(i); }
    });
    for (int i = 0; i < count; ++i) { select(on_recv(busy), on_recv(silent)); }
    EXPECT_FALSE(silent.try_send(1));
    join();
  });
}

}  // namespace
}  // namespace tenter
