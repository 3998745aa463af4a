// Sleeping, timers, tickers.
#include <atomic>
#include <chrono>

#include "everywhere.h"

namespace tenter {
namespace {

using namespace std::chrono_literals;

class Time : public Everywhere {};
INSTANTIATE_TEST_SUITE_P(Places, Time, all_places(), place_name);

TEST_P(Time, SleepTakesAtLeastAsLongAsAsked) {
  here([&] {
    const auto start = now();
    sleep_for(3ms);
    EXPECT_GE(now() - start, 3ms);
    const auto until = now() + 3ms;
    sleep_until(until);
    EXPECT_GE(now(), until);
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
    const auto start = now();
    const auto channel = after(2ms);
    EXPECT_EQ(channel.cap(), 0u);
    const auto time = channel.recv();
    ASSERT_TRUE(time);
    EXPECT_GE(*time - start, 2ms);
    EXPECT_FALSE(channel.try_recv().value);
    EXPECT_FALSE(channel.try_recv().closed);
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

// Each of them takes back what the other has armed.
TEST_P(Time, ManyMayResetAndStopATimerAtTheSameTime) {
  here([&] {
    for (int round = 0; round < 20; ++round) {
      std::atomic<int> ran{0};
      Timer timer(1h);
      Timer function = after_func(1h, [&] { ++ran; });
      std::atomic<int> armed{0};
      for (int i = 0; i < 4; ++i) {
        spawn([&, i] {
          for (int k = 0; k < 100; ++k) {
            (void)timer.reset(k % 2 == 0 ? 1h : 1us);
            armed += function.reset(1h) ? 0 : 1;
            if (i == 0) { armed -= function.stop() ? 1 : 0; }
            if (k % 8 == 0) { yield(); }
          }
        });
      }
      join();
      EXPECT_EQ(function.stop(), armed == 0);  // it began as armed
      EXPECT_EQ(ran, 0);
      (void)timer.stop();
      EXPECT_FALSE(timer.reset(1us));
      EXPECT_TRUE(timer.channel().recv());
    }
  });
}

}  // namespace
}  // namespace tenter
