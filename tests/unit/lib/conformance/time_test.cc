// Statements 108 to 117: sleeping, timers, tickers.
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>

#include "conformance.h"

namespace tenter {
namespace {

using namespace std::chrono_literals;

TEST_P(Conformance, S108_sleeping_for_nothing_returns_at_once) {
  here([&] {
    sleep_for(0ms);
    sleep_for(-1h);
    sleep_until(now() - 1h);
  });
}

TEST_P(Conformance, S109_stop_is_true_once_for_a_pending_timer) {
  here([&] {
    Timer timer(1h);
    EXPECT_TRUE(timer.stop());
    EXPECT_FALSE(timer.stop());
    EXPECT_FALSE(timer.channel().try_recv().value);
  });
}

TEST_P(Conformance, S109_stop_is_false_once_the_value_was_received) {
  here([&] {
    Timer timer(1us);
    EXPECT_TRUE(timer.channel().recv());
    EXPECT_FALSE(timer.stop());
  });
}

TEST_P(Conformance, S110_reset_says_whether_it_was_pending_and_arms_again) {
  here([&] {
    Timer timer(1h);
    EXPECT_TRUE(timer.reset(1us));
    EXPECT_TRUE(timer.channel().recv());
    EXPECT_FALSE(timer.reset(1us));
    EXPECT_TRUE(timer.channel().recv());
  });
}

TEST_P(Conformance, S110_a_function_can_be_armed_again) {
  here([&] {
    const auto runs = make_chan<int>();
    Timer timer = after_func(1us, [runs, n = std::make_shared<int>(0)] { runs.send(++*n); });
    EXPECT_EQ(runs.recv(), 1);
    EXPECT_FALSE(timer.reset(1us));
    EXPECT_EQ(runs.recv(), 2);
    EXPECT_FALSE(timer.reset(1h));
    EXPECT_TRUE(timer.reset(1us));
    EXPECT_EQ(runs.recv(), 3);
  });
}

TEST_P(Conformance, S111_after_func_runs_in_a_task_of_its_own) {
  here([&] {
    const auto done = make_chan<int>();
    int written = 0;
    written = 5;  // happens before the function
    const Timer timer = after_func(100us, [&] { done.send(written); });
    EXPECT_TRUE(timer.channel().is_nil());
    EXPECT_EQ(done.recv(), 5);
  });
}

TEST_P(Conformance, S111_stop_does_not_wait_for_a_function_that_runs) {
  here([&] {
    const auto started = make_chan<Unit>();
    const auto gate = make_chan<Unit>();
    const auto ended = make_chan<Unit>();
    Timer timer = after_func(1us, [=] {
      started.send({});
      (void)gate.recv();
      ended.send({});
    });
    (void)started.recv();
    EXPECT_FALSE(timer.stop());
    gate.send({});
    (void)ended.recv();
  });
}

TEST_P(Conformance, S111_a_function_that_was_stopped_does_not_run) {
  here([&] {
    std::atomic<bool> ran{false};
    Timer timer = after_func(1h, [&] { ran = true; });
    EXPECT_TRUE(timer.stop());
    EXPECT_FALSE(timer.stop());
    EXPECT_FALSE(ran);
  });
}

TEST_P(Conformance, S112_what_was_done_before_after_func_is_there_in_it) {
  here([&] {
    const auto done = make_chan<int>();
    int written = 0;
    Timer timer = after_func(1h, [&] { done.send(written); });
    EXPECT_TRUE(timer.stop());
    written = 5;
    EXPECT_FALSE(timer.reset(1us));  // the function sees what came before it was armed again
    EXPECT_EQ(done.recv(), 5);
  });
}

TEST_P(Conformance, S113_a_period_must_be_positive) {
  EXPECT_THROW(Ticker(0ms), Error);
  EXPECT_THROW(Ticker(-1ms), Error);
  Ticker ticker(1h);
  EXPECT_THROW(ticker.reset(0ms), Error);
  ticker.stop();
}

// Go's time.Tick answers such a period with nil; there is no such function here, and a Timer or a sleep of no or of negative
// length is over at once.
TEST_P(Conformance, S113_a_timer_of_no_or_negative_length_fires_at_once) {
  here([&] {
    EXPECT_TRUE(after(0ms).recv());
    EXPECT_TRUE(after(-1h).recv());
    EXPECT_TRUE(Timer(Duration::min()).channel().recv());
  });
}

TEST_P(Conformance, S114_a_ticker_keeps_one_tick_at_most) {
  here([&] {
    Ticker ticker(100us);
    const auto channel = ticker.channel();
    while (!channel.try_recv().value) { yield(); }  // one is kept until somebody comes
    sleep_for(1ms);
    ticker.stop();
    EXPECT_FALSE(channel.try_recv().value);
  });
}

TEST_P(Conformance, S115_stopping_a_ticker_does_not_close_its_channel) {
  here([&] {
    Ticker ticker(1h);
    const auto channel = ticker.channel();
    ticker.stop();
    const auto nothing = channel.try_recv();
    EXPECT_FALSE(nothing.value);
    EXPECT_FALSE(nothing.closed);
    ticker.reset(1us);
    EXPECT_TRUE(channel.recv());
  });
}

TEST_P(Conformance, S116_after_stop_or_reset_nothing_old_is_received) {
  here([&] {
    for (int i = 0; i < 50; ++i) {
      Timer timer{std::chrono::microseconds(i)};
      sleep_for(20us);
      (void)timer.stop();
      EXPECT_FALSE(timer.channel().try_recv().value);
      EXPECT_FALSE(timer.reset(1us));
      EXPECT_TRUE(timer.channel().recv());
    }
  });
}

// Whether or not it had fired already, stop() leaves nothing behind.
TEST_P(Conformance, S116_a_value_that_nobody_took_is_taken_back) {
  here([&] {
    Timer timer(1us);
    sleep_for(2ms);  // fired by now, with nobody to take the value
    EXPECT_TRUE(timer.reset(1us));
    sleep_for(2ms);
    EXPECT_TRUE(timer.stop());
    EXPECT_FALSE(timer.channel().try_recv().value);
  });
}

TEST_P(Conformance, S116_a_timers_channel_has_no_length_and_no_capacity) {
  here([&] {
    Timer timer(1us);
    sleep_for(1ms);
    EXPECT_EQ(timer.channel().len(), 0u);
    EXPECT_EQ(timer.channel().cap(), 0u);
  });
}

TEST_P(Conformance, S117_a_timer_that_is_waited_for_wakes) {
  here([&] {
    const auto never = make_chan<Unit>();
    EXPECT_TRUE(after(1ms).recv());
    EXPECT_EQ(select(on_recv(never), on_recv(after(1ms))), 1u);
    const Timer timer = after_func(1ms, [=] { never.send({}); });
    EXPECT_TRUE(never.recv());
  });
}

// An hour that nobody waits for: were the wait for the mutex in its way, this test would never end.
TEST(ConformanceOfVirtualTime, S141_time_passes_although_a_task_waits_for_a_mutex) {
  detail::SeededDecisions decisions(1);
  detail::install_decisions(&decisions);
  const TimePoint start = now();
  run([&] {
    Mutex mutex;
    WaitGroup group;
    mutex.lock();
    group.go([&] {
      const std::lock_guard guard(mutex);
      EXPECT_GE(now() - start, 1h);
    });
    until_waiting(1);
    sleep_for(1h);
    mutex.unlock();
    group.wait();
  });
  detail::install_decisions(nullptr);
}

}  // namespace
}  // namespace tenter
