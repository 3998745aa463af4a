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

constexpr Epoch reader{TaskId{1}, 1}, writer{TaskId{2}, 5};
constexpr std::uint64_t byte = 0x7000;

constexpr Site load{0x401000, StackId{1}};
constexpr Site store{0x402000, StackId{2}};

TEST(RaceLog, KeepsAPairOfPlacesOnce) {
  RaceLog log;
  ASSERT_TRUE(log.is_wanted(load, store, 1));
  log.keep(race(load, store), reader, writer, byte, 1);
  EXPECT_FALSE(log.is_wanted(load, store, 1));  // another byte of the same access
  EXPECT_FALSE(log.is_wanted(load, store, 2));
  ASSERT_EQ(log.candidates().size(), 1u);
  EXPECT_EQ(log.candidates()[0].count, 2u);
  EXPECT_FALSE(log.candidates()[0].both_ways);
}

TEST(RaceLog, TellsThatEachSideWasTheLaterOne) {
  RaceLog log;
  ASSERT_TRUE(log.is_wanted(load, store, 1));
  log.keep(race(load, store), reader, writer, byte, 1);
  EXPECT_FALSE(log.is_wanted(store, load, 2));
  ASSERT_EQ(log.candidates().size(), 1u);
  EXPECT_TRUE(log.candidates()[0].both_ways);
}

TEST(RaceLog, KeepsABoundedNumberOfCallersOfAPair) {
  RaceLog log;
  for (std::uint32_t caller = 1; caller <= 1000; ++caller) {
    const Site from{load.pc, StackId{caller}};
    if (log.is_wanted(from, store, caller)) log.keep(race(from, store), reader, writer, byte, caller);
  }
  std::uint64_t counted = 0;
  for (const RaceCandidate& candidate : log.candidates()) counted += candidate.count;
  EXPECT_LE(log.candidates().size(), 64u);
  EXPECT_EQ(counted, 1000u);
}

// What the task that gives memory out knows of the two sides above.
VectorClock knowing(std::uint32_t of_reader, std::uint32_t of_writer) {
  VectorClock clock(TaskId{3}, 1);
  clock.raise({reader.task, of_reader});
  clock.raise({writer.task, of_writer});
  return clock;
}

TEST(RaceLog, DoubtsASideThatMayHaveComeAfterTheMemoryWasGivenOutAnew) {
  RaceLog log;
  ASSERT_TRUE(log.is_wanted(load, store, 1));
  log.keep(race(load, store), reader, writer, byte, 1);
  log.give_out(byte - 8, 8, knowing(0, 0));  // the neighbour
  log.give_out(byte - 8, 64, knowing(0, 5));
  const RaceCandidate doubtful = log.candidates()[0];
  EXPECT_TRUE(doubtful.left_in_doubt);
  EXPECT_EQ(doubtful.given_to, std::vector{TaskId{3}});
  EXPECT_FALSE(doubtful.right_in_doubt);
  EXPECT_TRUE(log.is_wanted(store, load, 2));
  log.keep(race(store, load), writer, reader, byte, 2);
  log.give_out(byte, 64, knowing(1, 5));
  log.give_out(byte, 64, knowing(0, 0));  // decided already
  EXPECT_FALSE(log.is_wanted(load, store, 3));
  ASSERT_EQ(log.candidates().size(), 1u);
  EXPECT_FALSE(log.candidates()[0].left_in_doubt);
  EXPECT_FALSE(log.candidates()[0].right_in_doubt);
  EXPECT_EQ(log.candidates()[0].count, 3u);
  EXPECT_TRUE(log.candidates()[0].both_ways);
}

TEST(RaceLog, ADoubtfulRaceIsDroppedWhereItsDoubtfulPlaceRacesForCertain) {
  constexpr Site constructor{0x403000, StackId{3}};
  RaceCandidate doubtful = race(load, store), certain = race(constructor, load);
  doubtful.left_in_doubt = true;
  std::vector<RaceCandidate> both{doubtful, certain}, alone{doubtful, race(constructor, store)};
  drop_doubtful(both);
  ASSERT_EQ(both.size(), 1u);
  EXPECT_EQ(both[0].left.where.pc, constructor.pc);
  drop_doubtful(alone);
  EXPECT_EQ(alone.size(), 2u);
  alone[0].races_with_owner = true;
  drop_doubtful(alone);
  EXPECT_EQ(alone.size(), 2u);  // it may be the very race that the flag tells of
  alone[0].right.kind = AccessKind::free;
  drop_doubtful(alone);
  EXPECT_EQ(alone.size(), 1u);
}

}  // namespace
}  // namespace tenter::analysis
