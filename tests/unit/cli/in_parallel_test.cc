#include "cli/in_parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <stdexcept>
#include <vector>

namespace tenter::analysis {
namespace {

TEST(InParallel, CallsForEachNumberOnce) {
  for (const unsigned jobs : {0u, 1u, 3u, 100u}) {
    std::vector<std::atomic<int>> calls(50);
    in_parallel(calls.size(), jobs, [&](std::size_t i) { ++calls[i]; });
    for (const std::atomic<int>& each : calls) EXPECT_EQ(each, 1);
  }
  in_parallel(0, 4, [](std::size_t) { FAIL(); });
}

TEST(InParallel, WorksOnSoManyAtATime) {
  std::barrier all_of_them(3);
  in_parallel(3, 3, [&](std::size_t) { all_of_them.arrive_and_wait(); });
}

TEST(InParallel, ThrowsWhatAThreadThrewWhenAllHaveEnded) {
  std::barrier both(2);
  std::atomic<int> ended{0};
  const auto work = [&](std::size_t i) {
    if (i < 2) both.arrive_and_wait();  // one of them is a helper's
    if (i == 1) throw std::runtime_error("the second");
    ++ended;
  };
  EXPECT_THROW(in_parallel(10, 2, work), std::runtime_error);
  EXPECT_EQ(ended, 9);
}

}  // namespace
}  // namespace tenter::analysis
