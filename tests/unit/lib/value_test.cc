// Values of every kind on every path through a channel: each is destroyed once, stands where its alignment wants it, and is
// neither lost nor doubled by a move that throws.
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <utility>

#include "everywhere.h"

namespace tenter {
namespace {

// ---- kinds of values -------------------------------------------------------------------------------------------------

// Counts how many live, and notices a second destruction, or a move from what is gone.
class Witness {
 public:
  Witness() { ++live; }
  Witness(Witness&& other) noexcept {
    EXPECT_EQ(other.state_, alive);
    ++live;
  }
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;
  ~Witness() {
    EXPECT_EQ(state_, alive);
    state_ = 0;
    --live;
  }
  static inline std::atomic<int> live{0};

 private:
  static constexpr std::uint32_t alive = 0xa11fe;
  volatile std::uint32_t state_ = alive;  // written though it is about to go
};

// Owns something, and can only be moved.
class Owner : Witness {
 public:
  explicit Owner(int v = 0) : value_(std::make_unique<int>(v)) {}
  int value() const { return *value_; }

 private:
  std::unique_ptr<int> value_;
};

class Large : Witness {
 public:
  explicit Large(int v = 0) { bytes_.fill(static_cast<unsigned char>(v)); }
  int value() const { return bytes_.front() == bytes_.back() ? bytes_.front() : -1; }

 private:
  std::array<unsigned char, 64 * 1024> bytes_;
};

class alignas(64) Aligned : Witness {
 public:
  explicit Aligned(int v = 0) : value_(v) { check(); }
  Aligned(Aligned&& other) noexcept : Witness(std::move(other)), value_(other.value_) { check(); }
  int value() const { return value_; }

 private:
  void check() const { EXPECT_EQ(reinterpret_cast<std::uintptr_t>(this) % 64, 0u); }
  int value_;
};

// Whether Everywhere's own tasks or threads run f, they have room for some 64 KiB values by value.
template <class T>
class Values : public Everywhere {
 protected:
  void spawn_roomy(std::function<void()> f) {
    if (in_tasks()) {
      roomy_.go({.name = "roomy", .stack_size = 4 << 20}, std::move(f));
    } else {
      spawn(std::move(f));
    }
  }
  void join_all() {
    roomy_.wait();
    join();
  }
  // The body of a test, with room, and afterwards nothing is left.
  void check(const std::function<void()>& body) {
    ASSERT_EQ(Witness::live, 0);
    here([&] {
      WaitGroup done;
      done.go({.name = "body", .stack_size = 4 << 20}, [&] {
        body();
        join_all();
      });
      done.wait();
    });
    EXPECT_EQ(Witness::live, 0);
  }

  void pass_from_hand_to_hand() {
    const auto channel = make_chan<T>();
    spawn_roomy([=] { channel.send(T(1)); });
    until_waiting(base() + 1);
    EXPECT_EQ(channel.recv()->value(), 1);
    spawn_roomy([=] { EXPECT_EQ(channel.recv()->value(), 2); });
    until_waiting(base() + 1);
    channel.send(T(2));
    join_all();
    spawn_roomy([=] { channel.send(T(3)); });
    until_waiting(base() + 1);
    EXPECT_EQ(channel.try_recv().value->value(), 3);
    EXPECT_FALSE(channel.try_send(T(4)));
  }

  void pass_through_a_buffer() {
    const auto channel = make_chan<T>(3);
    for (int i = 0; i < 8; ++i) {
      channel.send(T(i));
      channel.send(T(i + 1));
      EXPECT_EQ(channel.recv()->value(), i);
      EXPECT_EQ(channel.try_recv().value->value(), i + 1);
    }
    for (int i = 0; i < 3; ++i) { EXPECT_TRUE(channel.try_send(T(i))); }
    EXPECT_FALSE(channel.try_send(T(9)));
    spawn_roomy([=] { channel.send(T(3)); });
    until_waiting(base() + 1);
    for (int i = 0; i < 4; ++i) { EXPECT_EQ(channel.recv()->value(), i); }
  }

  void leave_some_in_the_buffer() {
    const auto channel = make_chan<T>(4);
    for (int i = 0; i < 4; ++i) { channel.send(T(i)); }
    (void)channel.recv();
    channel.send(T(4));  // the buffer goes round
    EXPECT_EQ(Witness::live, 4);
  }

  void close_among_waiting_senders() {
    const auto channel = make_chan<T>(1);
    channel.send(T(0));
    for (std::size_t i = 0; i < 3; ++i) {
      spawn_roomy([=] { EXPECT_THROW(channel.send(T(1)), ClosedChannelError); });
      until_waiting(base() + i + 1);
    }
    channel.close();
    join_all();
    EXPECT_EQ(Witness::live, 1);
    EXPECT_THROW((void)channel.try_send(T(2)), ClosedChannelError);
    EXPECT_EQ(channel.recv()->value(), 0);
    EXPECT_FALSE(channel.recv());
  }

  void select_in_every_way() {
    const auto channel = make_chan<T>();
    const auto other = make_chan<T>();
    EXPECT_EQ(select(on_send(channel, T(1)), otherwise()), 1u);
    spawn_roomy([=] { select(on_send(channel, T(2)), on_send(other, T(3))); });  // one of them is not sent
    until_waiting(base() + 1);
    EXPECT_EQ(other.recv()->value(), 3);
    join_all();
    for (int form = 0; form < 3; ++form) {
      int got = -1;
      spawn_roomy([&, form] {
        switch (form) {
          case 0: select(on_recv(channel, [&](T v) { got = v.value(); }), on_recv(other)); break;
          case 1: select(on_recv(channel, [&](std::optional<T> v) { got = v->value(); }), on_recv(other)); break;
          default: select(on_recv(channel, [&] { got = 4; }), on_recv(other)); break;
        }
      });
      until_waiting(base() + 1);
      channel.send(T(4));
      join_all();
      EXPECT_EQ(got, 4);
    }
    const auto last = make_chan<T>(1);
    Selector selector;
    selector.send(last, T(5));
    selector.otherwise();
    EXPECT_EQ(selector.wait(), 0u);
    EXPECT_EQ(last.recv()->value(), 5);
  }

  void range_over_all() {
    const auto channel = make_chan<T>(2);
    spawn_roomy([=] {
      for (int i = 0; i < 5; ++i) { channel.send(T(i)); }
      channel.close();
    });
    int expected = 0;
    for (const T& value : channel) { EXPECT_EQ(value.value(), expected++); }
    EXPECT_EQ(expected, 5);
    channel.try_recv();
    const auto rest = make_chan<T>(2);
    rest.send(T(1));
    rest.send(T(2));
    for (const T& value : rest) {
      EXPECT_EQ(value.value(), 1);
      break;
    }
  }

 private:
  // Somebody outside waits for the body.
  std::size_t base() const { return 1; }
  WaitGroup roomy_;
};

#define TENTER_VALUES_OF(kind)                                              \
  class Values##kind : public Values<kind> {};                              \
  INSTANTIATE_TEST_SUITE_P(Places, Values##kind, all_places(), place_name); \
  TEST_P(Values##kind, PassFromHandToHand) {                                \
    check([&] { pass_from_hand_to_hand(); });                               \
  }                                                                         \
  TEST_P(Values##kind, PassThroughABuffer) {                                \
    check([&] { pass_through_a_buffer(); });                                \
  }                                                                         \
  TEST_P(Values##kind, AreLeftInABuffer) {                                  \
    check([&] { leave_some_in_the_buffer(); });                             \
  }                                                                         \
  TEST_P(Values##kind, OfSendersThatAClosedChannelStops) {                  \
    check([&] { close_among_waiting_senders(); });                          \
  }                                                                         \
  TEST_P(Values##kind, AreSelected) {                                       \
    check([&] { select_in_every_way(); });                                  \
  }                                                                         \
  TEST_P(Values##kind, AreRangedOver) {                                     \
    check([&] { range_over_all(); });                                       \
  }

TENTER_VALUES_OF(Owner)
TENTER_VALUES_OF(Large)
TENTER_VALUES_OF(Aligned)

// ---- moves that throw ------------------------------------------------------------------------------------------------

// The n-th move from when moves_left was set throws, and no other.
class Brittle : Witness {
 public:
  explicit Brittle(int v = 0) : value_(v) {}
  Brittle(Brittle&& other) : Witness(std::move(other)), value_(other.value_) {
    if (--moves_left == 0) { throw std::runtime_error("moved"); }
  }
  int value() const { return value_; }
  static inline std::atomic<int> moves_left{0};

 private:
  int value_;
};

class BrittleValues : public Everywhere {
 protected:
  // Runs the operation again and again, with its first, its second ... move throwing, until none throws any more, and
  // checks after each failure. Returns how often it failed.
  template <class Operation, class Check>
  int fail_at_each_move(Operation operation, Check check_after_failure) {
    for (int move = 1;; ++move) {
      Brittle::moves_left = move;
      try {
        operation();
        Brittle::moves_left = 0;
        return move - 1;
      } catch (const std::runtime_error&) {
        Brittle::moves_left = 0;
        check_after_failure();
      }
    }
  }
  void check(const std::function<void()>& body) {
    ASSERT_EQ(Witness::live, 0);
    here(body);
    EXPECT_EQ(Witness::live, 0);
  }
};
INSTANTIATE_TEST_SUITE_P(Places, BrittleValues, all_places(), place_name);

TEST_P(BrittleValues, StayInTheBufferUntilTheyAreReceived) {
  check([&] {
    const auto channel = make_chan<Brittle>(2);
    const auto still_there = [&] { EXPECT_EQ(channel.len(), 1u); };
    const auto fill = [&] { EXPECT_EQ(fail_at_each_move([&] { channel.send(Brittle(7)); }, [] {}), 1); };
    fill();
    EXPECT_EQ(fail_at_each_move([&] { EXPECT_EQ(channel.recv()->value(), 7); }, still_there), 1);
    fill();
    EXPECT_EQ(fail_at_each_move([&] { EXPECT_EQ(channel.try_recv().value->value(), 7); }, still_there), 1);
    fill();
    EXPECT_EQ(fail_at_each_move([&] { EXPECT_EQ((*channel.begin()).value(), 7); }, still_there), 1);
    fill();
    EXPECT_EQ(fail_at_each_move([&] { select(on_recv(channel, [] {})); }, still_there), 1);
    EXPECT_EQ(channel.len(), 0u);
  });
}

TEST_P(BrittleValues, StayWithTheSenderThatWaits) {
  check([&] {
    const auto channel = make_chan<Brittle>();
    spawn([=] { channel.send(Brittle(7)); });
    until_waiting(1);
    EXPECT_EQ(fail_at_each_move([&] { EXPECT_EQ(channel.recv()->value(), 7); }, [&] { until_waiting(1); }), 1);
    join();
  });
}

// Only the value of somebody else moves where it throws: what was asked for is received all the same.
TEST_P(BrittleValues, ASenderWhoseMoveIntoTheBufferThrowsTriesAgainItself) {
  check([&] {
    const auto channel = make_chan<Brittle>(1);
    channel.send(Brittle(1));
    spawn([=] { channel.send(Brittle(2)); });
    until_waiting(1);
    Brittle::moves_left = 2;  // the first one is ours
    EXPECT_EQ(channel.recv()->value(), 1);
    EXPECT_EQ(channel.recv()->value(), 2);
    EXPECT_LT(Brittle::moves_left, 1);
    join();
  });
}

TEST_P(BrittleValues, AreNotSentWhereAMoveThrows) {
  check([&] {
    const auto channel = make_chan<Brittle>();
    std::atomic<int> got{0};
    spawn([&] { got = channel.recv()->value(); });
    until_waiting(1);
    // By way of the inner interface: the parameter of send() is the program's own move.
    Brittle value(7);
    const auto send = [&] { detail::channel_send(detail::ChannelAccess::core(channel), &value); };
    EXPECT_EQ(fail_at_each_move(send, [&] { until_waiting(1); }), 1);
    join();
    EXPECT_EQ(got, 7);
  });
}

TEST_P(BrittleValues, AreNotSentToASelectWhereAMoveThrows) {
  check([&] {
    const auto channel = make_chan<Brittle>();
    const auto other = make_chan<Brittle>();
    std::atomic<int> got{0};
    spawn([&] { select(on_recv(other), on_recv(channel, [&] { got = 1; })); });
    until_waiting(1);
    Brittle value(7);
    const auto send = [&] { detail::channel_send(detail::ChannelAccess::core(channel), &value); };
    EXPECT_EQ(fail_at_each_move(send, [&] { until_waiting(1); }), 1);
    join();
    EXPECT_EQ(got, 1);
  });
}

TEST_P(BrittleValues, StayWithASelectWhoseSendThrows) {
  check([&] {
    const auto channel = make_chan<Brittle>(1);
    Selector selector;
    selector.send(channel, Brittle(7));
    EXPECT_EQ(fail_at_each_move([&] { selector.wait(); }, [&] { EXPECT_EQ(channel.len(), 0u); }), 1);
    EXPECT_EQ(channel.recv()->value(), 7);
  });
}

}  // namespace
}  // namespace tenter
