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

}  // namespace
}  // namespace tenter
