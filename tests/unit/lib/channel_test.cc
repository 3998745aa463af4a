// Channels: sending, receiving, closing. The numbers are those of the statements in docs/library.md's source, Go's own
// tests and specification.
#include <atomic>
#include <memory>
#include <string>
#include <type_traits>

#include "everywhere.h"

namespace tenter {
namespace {

// ---- what the types say --------------------------------------------------------------------------------------------

template <class C>
concept CanSend = requires(C c) {
  c.send(1);
  c.try_send(1);
};
template <class C>
concept CanRecv = requires(C c) {
  c.recv();
  c.try_recv();
  c.begin();
};
template <class C>
concept CanClose = requires(C c) { c.close(); };

static_assert(CanSend<Chan<int>> && CanRecv<Chan<int>> && CanClose<Chan<int>>);
static_assert(CanSend<SendChan<int>> && !CanRecv<SendChan<int>> && CanClose<SendChan<int>>);
static_assert(!CanSend<RecvChan<int>> && CanRecv<RecvChan<int>> && !CanClose<RecvChan<int>>);
static_assert(std::is_convertible_v<Chan<int>, SendChan<int>> && std::is_convertible_v<Chan<int>, RecvChan<int>>);
static_assert(!std::is_convertible_v<SendChan<int>, Chan<int>> && !std::is_convertible_v<RecvChan<int>, Chan<int>>);
static_assert(!std::is_constructible_v<Chan<int>, SendChan<int>>);
static_assert(!std::is_convertible_v<SendChan<int>, RecvChan<int>>);
static_assert(!std::is_convertible_v<Chan<int>, bool> && std::is_constructible_v<bool, Chan<int>>);
static_assert(std::is_base_of_v<std::logic_error, Error> && std::is_base_of_v<Error, ClosedChannelError> &&
              std::is_base_of_v<Error, NilChannelError> && std::is_base_of_v<Error, NegativeWaitGroupError> &&
              std::is_base_of_v<Error, UnlockError>);

TEST(ChannelHandle, NilHasNoLengthAndNoCapacity) {
  const Chan<int> nil;
  EXPECT_TRUE(nil.is_nil());
  EXPECT_FALSE(nil);
  EXPECT_EQ(nil.len(), 0u);
  EXPECT_EQ(nil.cap(), 0u);
  EXPECT_FALSE(nil.try_send(1));
  const TryRecv<int> nothing = nil.try_recv();
  EXPECT_FALSE(nothing.value);
  EXPECT_FALSE(nothing.closed);
}

TEST(ChannelHandle, CloseOfNilThrows) {
  EXPECT_THROW(Chan<int>().close(), NilChannelError);
  EXPECT_THROW(SendChan<int>().close(), NilChannelError);
}

TEST(ChannelHandle, CopiesAreEqualAndTwoMakesAreNot) {
  const Chan<int> a = make_chan<int>();
  const Chan<int> b = make_chan<int>();
  const Chan<int> copy = a;
  EXPECT_EQ(a, copy);
  EXPECT_NE(a, b);
  EXPECT_EQ(SendChan<int>(a), SendChan<int>(copy));
  EXPECT_NE(RecvChan<int>(a), RecvChan<int>(b));
  EXPECT_EQ(Chan<int>(), Chan<int>());
  EXPECT_NE(a, Chan<int>());
}

TEST(ChannelHandle, AssignmentAndMove) {
  Chan<int> a = make_chan<int>(1);
  a.send(5);
  Chan<int> b;
  b = a;
  EXPECT_EQ(b.len(), 1u);
  Chan<int> c = std::move(b);
  EXPECT_EQ(c, a);
  c = make_chan<int>();
  EXPECT_NE(c, a);
  EXPECT_EQ(a.recv(), 5);
  const Chan<int>& same = a;
  a = same;
  EXPECT_FALSE(a.is_nil());
}

TEST(ChannelHandle, TooLargeACapacityIsRefused) {
  EXPECT_THROW(make_chan<int>(static_cast<std::size_t>(-1)), Error);
  EXPECT_THROW(make_chan<Unit>(static_cast<std::size_t>(-1)), Error);
}

TEST(ChannelHandle, ElementsWithoutSizeNeedNoMemory) {
  // 2^40 places of one byte each could not be had.
  const Chan<Unit> channel = make_chan<Unit>(std::size_t{1} << 40);
  EXPECT_EQ(channel.cap(), std::size_t{1} << 40);
  for (int i = 0; i < 1000; ++i) { channel.send({}); }
  EXPECT_EQ(channel.len(), 1000u);
  for (int i = 0; i < 1000; ++i) { EXPECT_TRUE(channel.recv()); }
  EXPECT_FALSE(channel.try_recv().value);
}

// ---- sending and receiving -----------------------------------------------------------------------------------------

class Channel : public Everywhere {};
INSTANTIATE_TEST_SUITE_P(Places, Channel, all_places(), place_name);

TEST_P(Channel, UnbufferedSendWaitsForItsReceiver) {
  here([&] {
    const Chan<int> channel = make_chan<int>();
    std::atomic<bool> sent{false};
    spawn([&] {
      channel.send(42);
      sent = true;
    });
    until_waiting(1);
    EXPECT_FALSE(sent);
    EXPECT_EQ(channel.len(), 0u);
    EXPECT_EQ(channel.recv(), 42);
    join();
    EXPECT_TRUE(sent);
  });
}

TEST_P(Channel, UnbufferedReceiveWaitsForItsSender) {
  here([&] {
    const Chan<int> channel = make_chan<int>();
    std::atomic<int> got{0};
    spawn([&] { got = channel.recv().value(); });
    until_waiting(1);
    EXPECT_EQ(got, 0);
    channel.send(7);
    join();
    EXPECT_EQ(got, 7);
  });
}

TEST_P(Channel, BufferedSendDoesNotWaitWhileThereIsRoom) {
  here([&] {
    const Chan<int> channel = make_chan<int>(3);
    channel.send(1);
    channel.send(2);
    channel.send(3);
    EXPECT_EQ(channel.len(), 3u);
    EXPECT_EQ(channel.cap(), 3u);
    EXPECT_FALSE(channel.try_send(4));
    EXPECT_EQ(channel.recv(), 1);
    EXPECT_TRUE(channel.try_send(4));
    EXPECT_EQ(channel.recv(), 2);
    EXPECT_EQ(channel.recv(), 3);
    EXPECT_EQ(channel.recv(), 4);
    EXPECT_EQ(channel.len(), 0u);
  });
}

TEST_P(Channel, ValuesComeOutInTheOrderTheyWentIn) {
  for (const std::size_t capacity : {0u, 1u, 2u, 10u, 200u}) {
    here([&] {
      const Chan<int> channel = make_chan<int>(capacity);
      constexpr int count = 1000;
      spawn([=] {
        for (int i = 0; i < count; ++i) { channel.send(i); }
        channel.close();
      });
      int expected = 0;
      for (const int value : channel) { EXPECT_EQ(value, expected++); }
      EXPECT_EQ(expected, count);
      join();
    });
  }
}

TEST_P(Channel, WaitingReceiversAreServedInTheirOrder) {
  here([&] {
    const Chan<int> channel = make_chan<int>();
    std::array<std::atomic<int>, 5> got{};
    for (std::size_t i = 0; i < got.size(); ++i) {
      spawn([&, i] { got[i] = channel.recv().value(); });
      until_waiting(i + 1);
    }
    for (int i = 1; i <= 5; ++i) { channel.send(i * 10); }
    join();
    for (std::size_t i = 0; i < got.size(); ++i) { EXPECT_EQ(got[i], static_cast<int>(i + 1) * 10); }
  });
}

TEST_P(Channel, WaitingSendersAreServedInTheirOrderAfterTheBuffer) {
  for (const std::size_t capacity : {0u, 2u}) {
    here([&] {
      const Chan<int> channel = make_chan<int>(capacity);
      int next = 0;
      for (; next < static_cast<int>(capacity); ++next) { channel.send(next); }
      for (std::size_t i = 0; i < 5; ++i) {
        spawn([=] { channel.send(next); });
        until_waiting(i + 1);
        ++next;
      }
      for (int i = 0; i < next; ++i) { EXPECT_EQ(channel.recv(), i); }
      join();
    });
  }
}

TEST_P(Channel, AWaitingReceiverGetsTheValuePastTheBuffer) {
  here([&] {
    const Chan<int> channel = make_chan<int>(8);
    spawn([&] { EXPECT_EQ(channel.recv(), 3); });
    until_waiting(1);
    channel.send(3);
    EXPECT_EQ(channel.len(), 0u);
    join();
  });
}

TEST_P(Channel, TrySendAndTryReceiveSucceedWhenAPartnerWaits) {
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

TEST_P(Channel, MoveOnlyValuesPass) {
  here([&] {
    for (const std::size_t capacity : {0u, 1u}) {
      const auto channel = make_chan<std::unique_ptr<int>>(capacity);
      spawn([=] { channel.send(std::make_unique<int>(9)); });
      const auto value = channel.recv();
      ASSERT_TRUE(value);
      EXPECT_EQ(**value, 9);
    }
    join();
  });
}

TEST_P(Channel, HandlesOfOneDirectionAreTheSameChannel) {
  here([&] {
    const Chan<std::string> channel = make_chan<std::string>();
    const SendChan<std::string> in = channel;
    const RecvChan<std::string> out = channel;
    spawn([in] {
      in.send("a");
      in.close();
    });
    EXPECT_EQ(out.recv(), "a");
    EXPECT_EQ(out.recv(), std::nullopt);
    EXPECT_TRUE(out.try_recv().closed);
    join();
  });
}

TEST_P(Channel, AChannelOfOnePlaceIsAMutex) {
  here([&] {
    const Chan<Unit> lock = make_chan<Unit>(1);
    int counter = 0;
    for (int i = 0; i < 4; ++i) {
      spawn([&] {
        for (int k = 0; k < 500; ++k) {
          lock.send({});
          ++counter;
          (void)lock.recv();
        }
      });
    }
    join();
    EXPECT_EQ(counter, 2000);
  });
}

// ---- closing -------------------------------------------------------------------------------------------------------

TEST_P(Channel, ClosingTwiceThrows) {
  here([&] {
    const Chan<int> channel = make_chan<int>();
    channel.close();
    EXPECT_THROW(channel.close(), ClosedChannelError);
  });
}

TEST_P(Channel, SendingOnAClosedChannelThrows) {
  here([&] {
    for (const std::size_t capacity : {0u, 4u}) {
      const Chan<int> channel = make_chan<int>(capacity);
      channel.close();
      EXPECT_THROW(channel.send(1), ClosedChannelError);
      EXPECT_THROW(channel.try_send(1), ClosedChannelError);
    }
  });
}

TEST_P(Channel, AClosedChannelIsDrainedAndThenEmptyForEver) {
  here([&] {
    const Chan<int> channel = make_chan<int>(3);
    channel.send(1);
    channel.send(2);
    channel.close();
    EXPECT_EQ(channel.len(), 2u);
    EXPECT_EQ(channel.recv(), 1);
    EXPECT_EQ(channel.try_recv().value, 2);
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(channel.recv(), std::nullopt);
      EXPECT_TRUE(channel.try_recv().closed);
    }
  });
}

TEST_P(Channel, CloseWakesAllWaitingReceivers) {
  here([&] {
    const Chan<int> channel = make_chan<int>();
    std::atomic<int> woken{0};
    for (int i = 0; i < 10; ++i) {
      spawn([&] {
        if (!channel.recv()) { ++woken; }
      });
    }
    until_waiting(10);
    channel.close();
    join();
    EXPECT_EQ(woken, 10);
  });
}

TEST_P(Channel, CloseMakesAllWaitingSendersThrow) {
  for (const std::size_t capacity : {0u, 1u}) {
    here([&] {
      const Chan<int> channel = make_chan<int>(capacity);
      for (std::size_t i = 0; i < capacity; ++i) { channel.send(1); }
      std::atomic<int> thrown{0};
      for (int i = 0; i < 10; ++i) {
        spawn([&] {
          try {
            channel.send(2);
          } catch (const ClosedChannelError&) { ++thrown; }
        });
      }
      until_waiting(10);
      channel.close();
      join();
      EXPECT_EQ(thrown, 10);
      EXPECT_EQ(channel.len(), capacity);
    });
  }
}

TEST_P(Channel, RangeEndsWhenTheChannelIsClosedAndDrained) {
  here([&] {
    const Chan<int> channel = make_chan<int>(10);
    for (int i = 0; i < 5; ++i) { channel.send(i); }
    channel.close();
    int sum = 0;
    for (const int value : RecvChan<int>(channel)) { sum += value; }
    EXPECT_EQ(sum, 10);
  });
}

TEST_P(Channel, RangeOverAChannelOfMoveOnlyValues) {
  here([&] {
    const auto channel = make_chan<std::unique_ptr<int>>();
    spawn([=] {
      for (int i = 0; i < 3; ++i) { channel.send(std::make_unique<int>(i)); }
      channel.close();
    });
    int expected = 0;
    for (const auto& value : channel) { EXPECT_EQ(*value, expected++); }
    EXPECT_EQ(expected, 3);
    join();
  });
}

}  // namespace
}  // namespace tenter
