#include "clock/vector_clock.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <vector>

namespace tenter::analysis {
namespace {

TEST(VectorClocks, JoinWhatOnlyLateTasksAndOnlyEarlyOnesKnow) {
  VectorClock late(TaskId{70'000}), early(TaskId{1});
  late.raise({TaskId{70'001}, 3});
  early.raise({TaskId{2}, 5});
  late.join(early);
  EXPECT_EQ(late.of(TaskId{2}), 5u);
  EXPECT_EQ(late.of(TaskId{1}), 1u);
  EXPECT_EQ(late.of(TaskId{70'001}), 3u);
  EXPECT_EQ(late.of(TaskId{3}), 0u);
}

// Against a map, with tasks of all sizes of trees.
TEST(VectorClocks, KnowWhatMapsKnow) {
  std::mt19937 random(5);
  const auto below = [&](std::uint32_t limit) { return static_cast<std::uint32_t>(random() % limit); };
  const auto task = [&] { return 1 + below(1u << (4 * (1 + below(5)))); };
  for (int round = 0; round < 300; ++round) {
    std::vector<VectorClock> clocks;
    std::vector<std::map<std::uint32_t, std::uint32_t>> known(6);
    for (std::uint32_t i = 0; i < known.size(); ++i) {
      const std::uint32_t owner = task() * 8 + i;  // no two have one
      clocks.emplace_back(TaskId{owner});
      known[i][owner] = 1;
    }
    for (int i = 0; i < 40; ++i) {
      const std::size_t a = below(6), b = below(6);
      if (below(2) == 0) {
        const std::uint32_t who = task(), count = 1 + below(9);
        if (TaskId{who} == clocks[a].owner()) continue;
        clocks[a].raise({TaskId{who}, count});
        known[a][who] = std::max(known[a][who], count);
      } else {
        clocks[a].join(clocks[b]);
        for (const auto& [who, count] : known[b]) known[a][who] = std::max(known[a][who], count);
      }
      for (const auto& [who, count] : known[a]) ASSERT_EQ(clocks[a].of(TaskId{who}), count) << who;
      ASSERT_EQ(clocks[a].of(TaskId{1u << 22}), 0u);
    }
  }
}

}  // namespace
}  // namespace tenter::analysis
