#include "cli/progress.h"

#include <gtest/gtest.h>

namespace tenter::analysis {
namespace {

using namespace std::chrono_literals;

class ProgressTest : public testing::Test {
 protected:
  Progress::Screen screen() {
    return {[this](std::string_view text) { shown += text; }, [this] { return Progress::Clock::time_point() + time; }};
  }
  std::string take() { return std::exchange(shown, {}); }

  std::chrono::milliseconds time = 0ms;
  std::string shown;
};

TEST_F(ProgressTest, WhatIsOverSoonIsNotSpokenOf) {
  {
    Progress progress(1000, screen());
    time = 1900ms;
    progress.advance(999, 1'000'000);
  }
  EXPECT_EQ(shown, "");
}

TEST_F(ProgressTest, TellsShareRateAndTimeLeft) {
  Progress progress(1000, screen());
  time = 5000ms;
  progress.advance(200, 40'000'000);
  EXPECT_EQ(take(), "\r\x1b[Ktenter: 20 %, 40 million events, 8.0 million a second, 21 s left");
  time = 5100ms;
  progress.advance(200, 1);
  EXPECT_EQ(take(), "") << "a line is not written over and over";
  time = 10000ms;
  progress.advance(600, 0);
  EXPECT_EQ(take(), "\r\x1b[Ktenter: 100 %, 40 million events, 4.0 million a second");
}

TEST_F(ProgressTest, WithoutATotalOnlyTheRateIsTold) {
  Progress progress(0, screen());
  time = 3000ms;
  progress.advance(0, 30'000);
  EXPECT_EQ(take(), "\r\x1b[Ktenter: 0.0 million events, 0.0 million a second");
}

TEST_F(ProgressTest, LongTimesAreMinutesAndHours) {
  Progress progress(1000, screen());
  time = 10s;
  progress.advance(100, 0);
  EXPECT_NE(take().find(", 1 min 31 s left"), std::string::npos);
  time = 1000s;
  progress.advance(0, 0);
  EXPECT_NE(take().find(", 2 h 30 min left"), std::string::npos);
}

TEST_F(ProgressTest, LeavesNoLineBehind) {
  {
    Progress progress(1000, screen());
    time = 3000ms;
    progress.advance(1, 1);
    take();
  }
  EXPECT_EQ(shown, "\r\x1b[K");
}

TEST_F(ProgressTest, NobodyLooks) {
  Progress progress(1000, {nullptr, Progress::Clock::now});
  progress.advance(1000, 1000);
}

}  // namespace
}  // namespace tenter::analysis
