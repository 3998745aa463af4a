// Statements 1 to 38: channels.
#include <array>
#include <atomic>
#include <string>
#include <type_traits>

#include "conformance.h"

namespace tenter {
namespace {

// ---- making, nil, len and cap ----------------------------------------------------------------------------------------

TEST_P(Conformance, S001_a_capacity_out_of_range_is_refused) {
  EXPECT_THROW(make_chan<int>(static_cast<std::size_t>(-1)), Error);
  EXPECT_THROW(make_chan<Unit>(static_cast<std::size_t>(-1)), Error);
}

TEST_P(Conformance, S001_capacity_zero_is_a_rendezvous) {
  here([&] {
    const Chan<int> channel = make_chan<int>(0);
    EXPECT_EQ(channel.cap(), 0u);
    EXPECT_FALSE(channel.try_send(1));  // nobody is there to take it
    EXPECT_EQ(channel.len(), 0u);
  });
}

TEST_P(Conformance, S002_nil_has_no_length_and_no_capacity) {
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

TEST_P(Conformance, S003_close_of_nil_throws) {
  EXPECT_THROW(Chan<int>().close(), NilChannelError);
  EXPECT_THROW(SendChan<int>().close(), NilChannelError);
}

TEST_P(ConformanceOfTasks, S004_a_send_on_nil_waits_for_ever) {
  here([&] {
    expect_waits_for_ever([] { Chan<int>().send(1); });
    expect_waits_for_ever([] { SendChan<int>().send(1); });
    EXPECT_EQ(select(on_send(Chan<int>(), 1), otherwise()), 1u);
  });
}

TEST_P(ConformanceOfTasks, S005_a_receive_from_nil_waits_for_ever) {
  here([&] {
    expect_waits_for_ever([] { (void)Chan<int>().recv(); });
    expect_waits_for_ever([] { (void)RecvChan<int>().recv(); });
    expect_waits_for_ever([] {
      for (const int value : Chan<int>()) { ADD_FAILURE() << value; }
    });
    EXPECT_EQ(select(on_recv(Chan<int>()), otherwise()), 1u);
  });
}

TEST_P(Conformance, S006_copies_are_equal_and_two_makes_are_not) {
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

TEST_P(Conformance, S007_elements_without_size_need_no_memory) {
  // 2^40 places of one byte each could not be had.
  const Chan<Unit> channel = make_chan<Unit>(std::size_t{1} << 40);
  EXPECT_EQ(channel.cap(), std::size_t{1} << 40);
  for (int i = 0; i < 1000; ++i) { channel.send({}); }
  EXPECT_EQ(channel.len(), 1000u);
  for (int i = 0; i < 1000; ++i) { EXPECT_TRUE(channel.recv()); }
  EXPECT_FALSE(channel.try_recv().value);
}

// ---- sending and receiving ---------------------------------------------------------------------------------------------

TEST_P(Conformance, S011_an_unbuffered_send_waits_for_its_receiver) {
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

TEST_P(Conformance, S011_an_unbuffered_receive_waits_for_its_sender) {
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

TEST_P(Conformance, S013_a_buffered_send_does_not_wait_while_there_is_room) {
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

TEST_P(Conformance, S013_the_value_is_the_one_at_the_time_of_the_send) {
  here([&] {
    const Chan<std::string> channel = make_chan<std::string>(1);
    std::string text = "before";
    channel.send(text);
    text = "after";
    EXPECT_EQ(channel.recv(), "before");
  });
}

TEST_P(Conformance, S015_a_channel_of_one_place_is_a_mutex) {
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

TEST_P(Conformance, S019_values_come_out_in_the_order_they_went_in) {
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

TEST_P(Conformance, S019_a_blocked_senders_value_comes_after_the_buffer) {
  here([&] {
    const Chan<int> channel = make_chan<int>(2);
    channel.send(1);
    channel.send(2);
    spawn([&] { channel.send(3); });
    until_waiting(1);
    EXPECT_EQ(channel.recv(), 1);
    until_waiting(0);  // its value has taken the free place
    EXPECT_EQ(channel.len(), 2u);
    EXPECT_FALSE(channel.try_send(4));
    EXPECT_EQ(channel.recv(), 2);
    EXPECT_EQ(channel.recv(), 3);
    join();
  });
}

TEST_P(Conformance, S020_blocked_receivers_are_served_in_order) {
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

TEST_P(Conformance, S020_blocked_senders_are_served_in_order_after_the_buffer) {
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

TEST_P(Conformance, S022_a_waiting_receiver_gets_the_value_past_the_buffer) {
  here([&] {
    const Chan<int> channel = make_chan<int>(8);
    spawn([&] { EXPECT_EQ(channel.recv(), 3); });
    until_waiting(1);
    channel.send(3);
    EXPECT_EQ(channel.len(), 0u);
    join();
  });
}

TEST_P(Conformance, S023_ok_says_whether_the_value_was_sent) {
  here([&] {
    const Chan<int> channel = make_chan<int>(2);
    channel.send(0);  // alike the zero value, and yet sent
    channel.send(0);
    channel.close();
    EXPECT_EQ(channel.recv(), std::optional<int>(0));
    const TryRecv<int> last = channel.try_recv();
    EXPECT_EQ(last.value, std::optional<int>(0));
    EXPECT_FALSE(last.closed);
    EXPECT_EQ(channel.recv(), std::nullopt);
    const TryRecv<int> none = channel.try_recv();
    EXPECT_FALSE(none.value);
    EXPECT_TRUE(none.closed);
  });
}

TEST_P(Conformance, S024_what_is_sent_is_evaluated_once_before_the_wait) {
  here([&] {
    const Chan<int> channel = make_chan<int>();
    std::atomic<int> evaluated{0};
    spawn([&] { channel.send(++evaluated * 10); });
    until_waiting(1);
    EXPECT_EQ(evaluated, 1);
    EXPECT_EQ(channel.recv(), 10);
    join();
    EXPECT_EQ(evaluated, 1);
  });
}

// ---- closing -----------------------------------------------------------------------------------------------------------

TEST_P(Conformance, S029_closing_twice_throws) {
  here([&] {
    const Chan<int> channel = make_chan<int>();
    channel.close();
    EXPECT_THROW(channel.close(), ClosedChannelError);
  });
}

TEST_P(Conformance, S029_sending_on_a_closed_channel_throws) {
  here([&] {
    for (const std::size_t capacity : {0u, 4u}) {
      const Chan<int> channel = make_chan<int>(capacity);
      channel.close();
      EXPECT_THROW(channel.send(1), ClosedChannelError);
      EXPECT_THROW(channel.try_send(1), ClosedChannelError);
    }
  });
}

TEST_P(Conformance, S029_a_close_by_another_throws_in_the_waiting_send) {
  here([&] {
    const Chan<int> channel = make_chan<int>();
    spawn([&] { EXPECT_THROW(channel.send(1), ClosedChannelError); });
    until_waiting(1);
    channel.close();
    join();
    EXPECT_FALSE(channel.recv());  // what was not sent is not there
  });
}

TEST_P(Conformance, S030_a_closed_and_empty_channel_answers_at_once_and_for_ever) {
  here([&] {
    for (const std::size_t capacity : {0u, 3u}) {
      const Chan<int> channel = make_chan<int>(capacity);
      channel.close();
      for (int i = 0; i < 1000; ++i) {
        ASSERT_EQ(channel.recv(), std::nullopt);
        int got = -1;
        select(on_recv(channel, [&](int value) { got = value; }));
        ASSERT_EQ(got, 0);
      }
    }
  });
}

TEST_P(Conformance, S031_a_closed_channel_is_drained_and_then_empty) {
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

TEST_P(Conformance, S032_close_wakes_all_waiting_receivers) {
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

TEST_P(Conformance, S032_close_makes_all_waiting_senders_throw) {
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

template <class C>
concept CanSend = requires(C c) { c.send(1); } || requires(C c) { c.try_send(1); };
template <class C>
concept CanRecv = requires(C c) { c.recv(); } || requires(C c) { c.try_recv(); } || requires(C c) { c.begin(); };
template <class C>
concept CanClose = requires(C c) { c.close(); };
template <class C>
concept CanBeSentToInSelect = requires(C c) { on_send(c, 1); };
template <class C>
concept CanBeReceivedFromInSelect = requires(C c) { detail::RecvCase<int, detail::Nothing>(c, {}); };

TEST_P(Conformance, S036_handles_of_one_direction_do_nothing_else) {
  static_assert(CanSend<Chan<int>> && CanRecv<Chan<int>> && CanClose<Chan<int>>);
  static_assert(CanSend<SendChan<int>> && !CanRecv<SendChan<int>> && CanClose<SendChan<int>>);
  static_assert(!CanSend<RecvChan<int>> && CanRecv<RecvChan<int>> && !CanClose<RecvChan<int>>);
  static_assert(CanBeReceivedFromInSelect<RecvChan<int>> && !CanBeReceivedFromInSelect<SendChan<int>>);
  static_assert(std::is_convertible_v<Chan<int>, SendChan<int>> && std::is_convertible_v<Chan<int>, RecvChan<int>>);
  static_assert(!std::is_constructible_v<Chan<int>, SendChan<int>>);
  static_assert(!std::is_constructible_v<Chan<int>, RecvChan<int>>);
  static_assert(!std::is_constructible_v<RecvChan<int>, SendChan<int>>);
  static_assert(!std::is_constructible_v<SendChan<int>, RecvChan<int>>);
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

TEST_P(Conformance, S037_close_waits_for_nobody_and_leaves_the_length) {
  here([&] {
    const Chan<int> channel = make_chan<int>(3);
    channel.send(1);
    channel.send(2);
    channel.close();  // with nobody to receive
    EXPECT_EQ(channel.len(), 2u);
    EXPECT_EQ(channel.cap(), 3u);
  });
}

TEST_P(Conformance, S038_range_ends_when_the_channel_is_closed_and_drained) {
  here([&] {
    const Chan<int> channel = make_chan<int>(10);
    for (int i = 0; i < 5; ++i) { channel.send(i); }
    channel.close();
    int sum = 0;
    for (const int value : RecvChan<int>(channel)) { sum += value; }
    EXPECT_EQ(sum, 10);
  });
}

TEST_P(Conformance, S038_the_ranges_channel_is_evaluated_once) {
  here([&] {
    Chan<int> channel = make_chan<int>(3);
    for (int i = 0; i < 3; ++i) { channel.send(i); }
    channel.close();
    int evaluated = 0;
    int expected = 0;
    const auto which = [&] {
      ++evaluated;
      return channel;
    };
    for (const int value : which()) {
      EXPECT_EQ(value, expected++);
      channel = make_chan<int>();  // the range goes on with the channel that it began with
    }
    EXPECT_EQ(expected, 3);
    EXPECT_EQ(evaluated, 1);
  });
}

}  // namespace
}  // namespace tenter
