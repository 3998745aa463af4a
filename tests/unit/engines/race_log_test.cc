#include "race/race_log.h"

#include <gtest/gtest.h>

namespace tenter::analysis {
namespace {

RaceCandidate race(Site left, Site right) {
  RaceCandidate candidate;
  candidate.left.where = left;
  candidate.right.where = right;
  return candidate;
}

constexpr Site load{0x401000, StackId{1}};
constexpr Site store{0x402000, StackId{2}};

TEST(RaceLog, KeepsAPairOfPlacesOnce) {
  RaceLog log;
  ASSERT_TRUE(log.is_new(load, store, 1));
  log.keep(race(load, store), 1);
  EXPECT_FALSE(log.is_new(load, store, 1));  // another byte of the same access
  EXPECT_FALSE(log.is_new(load, store, 2));
  ASSERT_EQ(log.candidates().size(), 1u);
  EXPECT_EQ(log.candidates()[0].count, 2u);
  EXPECT_FALSE(log.candidates()[0].both_ways);
}

TEST(RaceLog, TellsThatEachSideWasTheLaterOne) {
  RaceLog log;
  ASSERT_TRUE(log.is_new(load, store, 1));
  log.keep(race(load, store), 1);
  EXPECT_FALSE(log.is_new(store, load, 2));
  ASSERT_EQ(log.candidates().size(), 1u);
  EXPECT_TRUE(log.candidates()[0].both_ways);
}

TEST(RaceLog, KeepsABoundedNumberOfCallersOfAPair) {
  RaceLog log;
  for (std::uint32_t caller = 1; caller <= 1000; ++caller) {
    const Site from{load.pc, StackId{caller}};
    if (log.is_new(from, store, caller)) log.keep(race(from, store), caller);
  }
  std::uint64_t counted = 0;
  for (const RaceCandidate& candidate : log.candidates()) counted += candidate.count;
  EXPECT_LE(log.candidates().size(), 64u);
  EXPECT_EQ(counted, 1000u);
}

}  // namespace
}  // namespace tenter::analysis
