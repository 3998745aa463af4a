// Values and objects at the edges of their lives: every value is destroyed once, a throwing move loses nothing, and an
// object may go as soon as a wait on it has returned.
#include <atomic>
#include <memory>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "everywhere.h"

namespace tenter {
namespace {

// Counts how many of it live.
class Counted {
 public:
  explicit Counted(int v) : value(v) { ++live; }
  Counted(Counted&& other) noexcept : value(std::exchange(other.value, -1)) { ++live; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --live; }
  int value;
  static inline std::atomic<int> live{0};
};

// Its move throws while `armed`.
class Brittle {
 public:
  explicit Brittle(int v) : value(v) { ++live; }
  Brittle(Brittle&& other) : value(other.value) {
    if (armed) { throw std::runtime_error("moved"); }
    ++live;
  }
  ~Brittle() { --live; }
  int value;
  static inline std::atomic<bool> armed{false};
  static inline std::atomic<int> live{0};
};

class Lifetime : public Everywhere {};
INSTANTIATE_TEST_SUITE_P(Places, Lifetime, all_places(), place_name);

TEST_P(Lifetime, EveryValueIsDestroyedOnce) {
  ASSERT_EQ(Counted::live, 0);
  here([&] {
    for (const std::size_t capacity : {0u, 1u, 7u}) {
      const auto channel = make_chan<Counted>(capacity);
      spawn([=] {
        for (int i = 0; i < 100; ++i) { channel.send(Counted(i)); }
      });
      for (int i = 0; i < 100; ++i) { EXPECT_EQ(channel.recv()->value, i); }
      join();
    }
  });
  EXPECT_EQ(Counted::live, 0);
}

TEST_P(Lifetime, WhatIsLeftInAChannelIsDestroyedWithIt) {
  here([&] {
    {
      const auto channel = make_chan<Counted>(5);
      for (int i = 0; i < 5; ++i) { channel.send(Counted(i)); }
      (void)channel.recv();
      channel.send(Counted(9));
      EXPECT_EQ(Counted::live, 5);
    }
    EXPECT_EQ(Counted::live, 0);
  });
}

TEST_P(Lifetime, SelectDestroysWhatItDidNotSend) {
  here([&] {
    const auto a = make_chan<Counted>();
    const auto b = make_chan<int>(1);
    b.send(1);
    select(on_send(a, Counted(1)), on_recv(b));
    EXPECT_EQ(Counted::live, 0);
    select(on_send(a, Counted(1)), otherwise());
    EXPECT_EQ(Counted::live, 0);
  });
}

TEST_P(Lifetime, SelectHandlersMayIgnoreTheValue) {
  here([&] {
    const auto a = make_chan<Counted>(1);
    a.send(Counted(1));
    select(on_recv(a, [] {}));
    EXPECT_EQ(Counted::live, 0);
    a.send(Counted(2));
    Selector selector;
    selector.recv(a);
    selector.wait();
    EXPECT_EQ(Counted::live, 0);
  });
}

TEST_P(Lifetime, AThrowingMoveIntoTheBufferSendsNothing) {
  here([&] {
    {
      const auto channel = make_chan<Brittle>(2);
      Brittle value(1);
      channel.send(Brittle(0));
      Brittle::armed = true;
      EXPECT_THROW(channel.send(std::move(value)), std::runtime_error);
      Brittle::armed = false;
      EXPECT_EQ(channel.len(), 1u);
      channel.send(std::move(value));
      EXPECT_EQ(channel.recv()->value, 0);
      EXPECT_EQ(channel.recv()->value, 1);
    }
    EXPECT_EQ(Brittle::live, 0);
  });
}

// The parameter of send() is made before the channel is touched, so the move that throws here is the library's own.
TEST_P(Lifetime, AThrowingMoveOutOfTheBufferLeavesTheValueThere) {
  here([&] {
    {
      const auto channel = make_chan<Brittle>(2);
      channel.send(Brittle(5));
      Brittle::armed = true;
      EXPECT_THROW((void)channel.recv(), std::runtime_error);
      EXPECT_THROW((void)channel.try_recv(), std::runtime_error);
      Brittle::armed = false;
      EXPECT_EQ(channel.len(), 1u);
      EXPECT_EQ(channel.recv()->value, 5);
    }
    EXPECT_EQ(Brittle::live, 0);
  });
}

TEST_P(Lifetime, AThrowingMoveToAPartnerLeavesBothWaiting) {
  here([&] {
    {
      const auto channel = make_chan<Brittle>();
      std::atomic<int> got{0};
      spawn([&] { got = channel.recv()->value; });
      until_waiting(1);
      detail::ElementOps const& ops = detail::element_ops<Brittle>;
      EXPECT_NE(ops.move, nullptr);
      Brittle value(3);
      Brittle::armed = true;
      // By way of the inner interface, as send(T) would throw when its parameter is made.
      EXPECT_THROW(detail::channel_send(detail::ChannelAccess::core(channel), &value), std::runtime_error);
      Brittle::armed = false;
      until_waiting(1);
      channel.send(std::move(value));
      join();
      EXPECT_EQ(got, 3);
    }
    EXPECT_EQ(Brittle::live, 0);
  });
}

TEST_P(Lifetime, AThrowingMoveFromAWaitingSenderLeavesItWaiting) {
  here([&] {
    {
      const auto channel = make_chan<Brittle>();
      spawn([&] { channel.send(Brittle(4)); });
      until_waiting(1);
      Brittle::armed = true;
      EXPECT_THROW((void)channel.try_recv(), std::runtime_error);
      Brittle::armed = false;
      until_waiting(1);
      EXPECT_EQ(channel.recv()->value, 4);
    }
    join();
    EXPECT_EQ(Brittle::live, 0);
  });
}

TEST_P(Lifetime, AThrowingMoveToAWaitingSelectLeavesItWaiting) {
  here([&] {
    const auto channel = make_chan<Brittle>();
    const auto other = make_chan<int>();
    std::atomic<int> got{0};
    spawn([&] {
      select(on_recv(channel, [&](std::optional<Brittle> value) { got = value.value().value; }), on_recv(other));
    });
    until_waiting(1);
    Brittle value(6);
    Brittle::armed = true;
    EXPECT_THROW(detail::channel_send(detail::ChannelAccess::core(channel), &value), std::runtime_error);
    Brittle::armed = false;
    until_waiting(1);
    channel.send(std::move(value));
    join();
    EXPECT_EQ(got, 6);
  });
}

// ---- objects that go as soon as a wait returned -----------------------------------------------------------------------

constexpr int rounds = 300;

TEST_P(Lifetime, AWaitGroupMayGoAfterWait) {
  here([&] {
    for (int i = 0; i < rounds; ++i) {
      auto group = std::make_unique<WaitGroup>();
      group->add(2);
      spawn([&g = *group] { g.done(); });
      spawn([&g = *group] { g.done(); });
      group->wait();
      std::memset(static_cast<void*>(group.get()), 0xee, sizeof(WaitGroup));
      group.reset();
      join();
    }
  });
}

TEST_P(Lifetime, AMutexMayGoAfterTheNextOwnerHadIt) {
  here([&] {
    for (int i = 0; i < rounds; ++i) {
      auto mutex = std::make_unique<Mutex>();
      mutex->lock();
      spawn([&m = *mutex] { m.unlock(); });
      mutex->lock();
      mutex->unlock();
      mutex.reset();
      join();
    }
  });
}

TEST_P(Lifetime, AChannelMayGoAfterReceive) {
  here([&] {
    for (int i = 0; i < rounds; ++i) {
      auto channel = std::make_unique<Chan<int>>(make_chan<int>(static_cast<std::size_t>(i % 2)));
      spawn([&c = *channel] {
        const Chan<int>& shared = c;  // no handle of its own: the other side drops the last one
        shared.send(1);
      });
      EXPECT_EQ(channel->recv(), 1);
      channel.reset();
      join();
    }
  });
}

TEST_P(Lifetime, AChannelMayGoAfterItWasSeenClosed) {
  here([&] {
    for (int i = 0; i < rounds; ++i) {
      auto channel = std::make_unique<Chan<int>>(make_chan<int>());
      spawn([&c = *channel] { c.close(); });
      EXPECT_EQ(channel->recv(), std::nullopt);
      channel.reset();
      join();
    }
  });
}

TEST_P(Lifetime, ASemaphoreMayGoAfterAcquire) {
  here([&] {
    for (int i = 0; i < rounds; ++i) {
      auto semaphore = std::make_unique<Semaphore>(0);
      spawn([&s = *semaphore] { s.release(); });
      semaphore->acquire();
      semaphore.reset();
      join();
    }
  });
}

TEST_P(Lifetime, AConditionMayGoAfterWait) {
  here([&] {
    for (int i = 0; i < rounds; ++i) {
      Mutex mutex;
      bool ready = false;
      auto cond = std::make_unique<Cond>(mutex);
      spawn([&] {
        Cond& c = *cond;
        std::lock_guard guard(mutex);
        ready = true;
        c.signal();
      });
      {
        std::unique_lock lock(mutex);
        cond->wait([&] { return ready; });
      }
      cond.reset();
      join();
    }
  });
}

}  // namespace
}  // namespace tenter
