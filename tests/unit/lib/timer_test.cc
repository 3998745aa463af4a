// Sleeping, timers, tickers.
#include <atomic>
#include <chrono>

#include "everywhere.h"

namespace tenter {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

class Time : public Everywhere {};
INSTANTIATE_TEST_SUITE_P(Places, Time, all_places(), place_name);

TEST_P(Time, SleepTakesAtLeastAsLongAsAsked) {
  here([&] {
    const auto start = steady_clock::now();
    sleep_for(3ms);
    EXPECT_GE(steady_clock::now() - start, 3ms);
    const auto until = steady_clock::now() + 3ms;
    sleep_until(until);
    EXPECT_GE(steady_clock::now(), until);
  });
}

TEST_P(Time, SleepForNothingReturnsAtOnce) {
  here([&] {
    sleep_for(0ms);
    sleep_for(-1h);
    sleep_until(steady_clock::now() - 1h);
  });
}

TEST_P(Time, ManySleepers) {
  here([&] {
    WaitGroup group;
    std::atomic<int> woken{0};
    for (int i = 0; i < 2000; ++i) {
      group.go([&woken, i] {
        sleep_for(std::chrono::microseconds(i));
        ++woken;
      });
    }
    group.wait();
    EXPECT_EQ(woken, 2000);
  });
}

// The one worker is busy with a task that never waits but calls the library.
TEST_P(Time, TimersFireWhileTasksAreBusy) {
  here([&] {
    std::atomic<bool> fired{false};
    const Timer timer = after_func(1ms, [&] { fired = true; });
    while (!fired) { yield(); }
  });
}

TEST_P(Time, AfterSendsOnce) {
  here([&] {
    const auto start = steady_clock::now();
    const auto channel = after(2ms);
    EXPECT_EQ(channel.cap(), 0u);
    const auto time = channel.recv();
    ASSERT_TRUE(time);
    EXPECT_GE(*time - start, 2ms);
    EXPECT_FALSE(channel.try_recv().value);
    EXPECT_FALSE(channel.try_recv().closed);
  });
}

TEST_P(Time, StopIsTrueOnceForAPendingTimer) {
  here([&] {
    Timer timer(1h);
    EXPECT_TRUE(timer.stop());
    EXPECT_FALSE(timer.stop());
    EXPECT_FALSE(timer.channel().try_recv().value);
  });
}

TEST_P(Time, StopIsFalseOnceTheValueWasReceived) {
  here([&] {
    Timer timer(1us);
    EXPECT_TRUE(timer.channel().recv());
    EXPECT_FALSE(timer.stop());
  });
}

TEST_P(Time, AfterStopOrResetNothingOldIsReceived) {
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

TEST_P(Time, ResetSaysWhetherItWasPendingAndArmsAgain) {
  here([&] {
    Timer timer(1h);
    EXPECT_TRUE(timer.reset(1us));
    EXPECT_TRUE(timer.channel().recv());
    EXPECT_FALSE(timer.reset(1us));
    EXPECT_TRUE(timer.channel().recv());
  });
}

TEST_P(Time, LenAndCapOfATimersChannelAreZero) {
  here([&] {
    Timer timer(1us);
    sleep_for(1ms);
    EXPECT_EQ(timer.channel().len(), 0u);
    EXPECT_EQ(timer.channel().cap(), 0u);
  });
}

TEST_P(Time, ATimerMayGoBeforeItFires) {
  here([&] {
    RecvChan<TimePoint> channel;
    {
      Timer timer(1ms);
      Timer moved = std::move(timer);
      channel = moved.channel();
    }
    EXPECT_TRUE(channel.recv());
  });
}

TEST_P(Time, AfterFuncRunsInItsOwnTask) {
  here([&] {
    const auto done = make_chan<int>();
    int written = 0;
    written = 5;  // happens before the function
    const Timer timer = after_func(100us, [&] { done.send(written); });
    EXPECT_TRUE(timer.channel().is_nil());
    EXPECT_EQ(done.recv(), 5);
  });
}

TEST_P(Time, AfterFuncThatWasStoppedDoesNotRun) {
  here([&] {
    std::atomic<bool> ran{false};
    Timer timer = after_func(1h, [&] { ran = true; });
    EXPECT_TRUE(timer.stop());
    EXPECT_FALSE(timer.stop());
    EXPECT_FALSE(ran);
  });
}

TEST_P(Time, StopDoesNotWaitForAFunctionThatRuns) {
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

TEST_P(Time, AfterFuncCanBeArmedAgain) {
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

TEST_P(Time, ATickerTicks) {
  here([&] {
    Ticker ticker(500us);
    const auto channel = ticker.channel();
    auto last = *channel.recv();
    for (int i = 0; i < 5; ++i) {
      const auto next = *channel.recv();
      EXPECT_GT(next, last);
      last = next;
    }
    ticker.stop();
    EXPECT_FALSE(channel.try_recv().value);
    EXPECT_FALSE(channel.try_recv().closed);
    ticker.reset(100us);
    EXPECT_TRUE(channel.recv());
    ticker.stop();
  });
}

TEST_P(Time, ATickerKeepsOneTickAtMost) {
  here([&] {
    Ticker ticker(100us);
    sleep_for(5ms);
    const auto channel = ticker.channel();
    EXPECT_TRUE(channel.try_recv().value);
    ticker.stop();
    EXPECT_FALSE(channel.try_recv().value);
  });
}

TEST_P(Time, APeriodMustBePositive) {
  EXPECT_THROW(Ticker(0ms), Error);
  EXPECT_THROW(Ticker(-1ms), Error);
  Ticker ticker(1h);
  EXPECT_THROW(ticker.reset(0ms), Error);
  ticker.stop();
}

}  // namespace
}  // namespace tenter
