#include "check/stages.h"

#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

namespace tenter::analysis {
namespace {

constexpr std::size_t slots = 4;

// Squares of the numbers below `count`, through two stages that may come in either order, and one that comes after both.
std::vector<int> squares_and_cubes(int count, unsigned threads) {
  struct Piece {
    int number = 0, square = 0, cube = 0;
  };
  std::vector<Piece> pieces(slots);
  std::vector<int> sums;
  int next = 0;
  Stages stages(slots);
  const auto count_up = stages.add({}, [&](std::size_t slot) {
    pieces[slot] = {next, -1, -1};
    return next++ < count;
  });
  const auto square = stages.add({count_up}, [&](std::size_t slot) {
    pieces[slot].square = pieces[slot].number * pieces[slot].number;
    return true;
  });
  const auto cube = stages.add({count_up}, [&](std::size_t slot) {
    pieces[slot].cube = pieces[slot].number * pieces[slot].number * pieces[slot].number;
    return true;
  });
  stages.add({square, cube}, [&](std::size_t slot) {
    sums.push_back(pieces[slot].square + pieces[slot].cube);
    return true;
  });
  stages.run(threads);
  return sums;
}

TEST(Stages, TakeEveryPieceThroughEveryStageInOrder) {
  for (const unsigned threads : {1U, 2U, 3U, 7U}) {
    const std::vector<int> sums = squares_and_cubes(1000, threads);
    ASSERT_EQ(sums.size(), 1000U);
    for (int i = 0; i < 1000; ++i) ASSERT_EQ(sums[static_cast<std::size_t>(i)], i * i + i * i * i) << threads;
  }
}

TEST(Stages, EndWhereThereIsNothing) { EXPECT_TRUE(squares_and_cubes(0, 3).empty()); }

TEST(Stages, StopAtWhatAStageThrows) {
  for (const unsigned threads : {1U, 3U}) {
    int read = 0, counted = 0;
    Stages stages(slots);
    const auto first = stages.add({}, [&](std::size_t) { return ++read <= 1'000'000; });
    stages.add({first}, [&](std::size_t) -> bool {
      if (++counted == 10) throw std::runtime_error("the tenth");
      return true;
    });
    EXPECT_THROW(stages.run(threads), std::runtime_error);
    EXPECT_EQ(counted, 10);
    EXPECT_LE(read, 10 + static_cast<int>(slots));
  }
}

}  // namespace
}  // namespace tenter::analysis
