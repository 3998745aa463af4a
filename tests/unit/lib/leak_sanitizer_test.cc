// LeakSanitizer beside tasks: it gets through their stacks, guard zones and all, and finds what a waiting task holds there. In a
// program of its own, because what other tests leave waiting on purpose is not always found.
#include <gtest/gtest.h>
#include <sanitizer/lsan_interface.h>

#include <memory>

#include <tenter/tenter.h>

#include "everywhere.h"

namespace tenter {
namespace {

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

}  // namespace
}  // namespace tenter
