// LeakSanitizer beside tasks: it gets through their stacks, guard zones and all, and finds what a waiting task holds there. In a
// program of its own, because what other tests leave waiting on purpose is not always found.
#include <gtest/gtest.h>
#include <sanitizer/lsan_interface.h>

#include <chrono>
#include <memory>
#include <vector>

#include <tenter/tenter.h>

#include "everywhere.h"
#include "task/decisions.h"

namespace tenter {
namespace {

using namespace std::chrono_literals;

TEST(LeakSanitizer, FindsWhatOnlyWaitingTasksHold) {
  for (const std::size_t stack_size :
       {std::size_t{0}, std::size_t{64 * 1024}}) {  // stacks by the batch, and one by one
    run([stack_size] {
      const auto never = make_chan<int>();
      for (int i = 0; i < 100; ++i) {
        go({.stack_size = stack_size}, [never, in_closure = std::make_unique<int>(i)] {
          const auto on_stack = std::make_unique<int>(*in_closure);
          EXPECT_EQ(*never.recv() >= 0, *on_stack >= 0);
        });
      }
      until_waiting(100);
      EXPECT_EQ(__lsan_do_recoverable_leak_check(), 0);
      for (int i = 0; i < 100; ++i) { never.send(i); }
      while (task_count() > 1) { yield(); }
    });
  }
}

void leave_tickers_behind(Duration period) {
  run([period] {
    for (int i = 0; i < 100; ++i) { Ticker{period}; }
  });
}

// Where the queue kept what is no longer in it, others stand after this.
void use_the_timer_queue() {
  std::vector<Timer> timers;
  for (int i = 0; i < 1000; ++i) { timers.emplace_back(1h); }
  for (Timer& timer : timers) { EXPECT_TRUE(timer.stop()); }
}

TEST(LeakSanitizer, TimersOfARunThatHasEndedAreGivenBackWhenTheyWouldHaveFired) {
  leave_tickers_behind(20ms);
  run([] {
    sleep_for(40ms);
    use_the_timer_queue();
  });
  EXPECT_EQ(__lsan_do_recoverable_leak_check(), 0);
}

TEST(LeakSanitizer, TimersOfASeededRunAreGivenBackAtItsEnd) {
  detail::SeededDecisions decisions(1);
  detail::install_decisions(&decisions);
  leave_tickers_behind(1h);
  detail::install_decisions(nullptr);
  use_the_timer_queue();
  EXPECT_EQ(__lsan_do_recoverable_leak_check(), 0);
}

}  // namespace
}  // namespace tenter
