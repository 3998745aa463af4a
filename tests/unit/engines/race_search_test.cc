#include "race/race_search.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tenter::analysis {
namespace {

// Two tasks that nothing orders, unless one joins the other.
class Searched {
 public:
  std::vector<Meeting> write(unsigned task, std::uint64_t begin, std::uint64_t size) {
    return access(task, begin, size, trace::AccessFlag::write);
  }
  std::vector<Meeting> read(unsigned task, std::uint64_t begin, std::uint64_t size) {
    return access(task, begin, size, 0);
  }
  std::vector<Meeting> alloc(unsigned task, std::uint64_t begin, std::uint64_t size) {
    return take(event(trace::Op::alloc, begin, size), task);
  }
  std::vector<Meeting> free(unsigned task, std::uint64_t begin, std::uint64_t size) {
    return take(event(trace::Op::free, begin, size), task);
  }
  // What follows is done at that place of the program.
  void at(std::uint64_t pc) { pc_ = pc; }
  void join(unsigned task, unsigned other) { take(event(trace::Op::task_join, other, 0), task); }

 private:
  Event event(trace::Op op, std::uint64_t object, std::uint64_t value) const {
    Event made{};
    made.pc = pc_;
    made.op = op;
    made.object = object;
    made.value = value;
    return made;
  }
  std::vector<Meeting> access(unsigned task, std::uint64_t begin, std::uint64_t size, std::uint8_t flags) {
    Event made = event(trace::Op::access_range, begin, size);
    made.flags = flags;
    return take(made, task);
  }
  std::vector<Meeting> take(const Event& event, unsigned task) {
    Step step{TaskId{task}, event, no_locks};
    order_.observe(step);
    std::vector<Meeting> meetings;
    search_.observe(step, meetings);
    return meetings;
  }

  HappensBefore order_;
  RaceSearch search_{order_};
  std::uint64_t pc_ = 0;
};

// Each whole granule of [begin, end) met an access that began at `earlier`, in the order of their addresses.
void expect_each_granule(const std::vector<Meeting>& meetings, std::uint64_t begin, std::uint64_t end,
                         std::uint64_t earlier) {
  ASSERT_EQ(meetings.size(), (end - begin) / 8);
  for (std::size_t i = 0; i < meetings.size(); ++i) {
    const std::uint64_t granule = begin + i * 8;
    EXPECT_EQ(meetings[i].granule, granule);
    EXPECT_EQ(meetings[i].overlap, 0xff);
    EXPECT_EQ(meetings[i].earlier.begin_of_access(granule), earlier) << std::hex << granule;
  }
}

TEST(RaceSearch, FindsARaceOfTwoRangesInEachGranule) {
  Searched search;
  EXPECT_TRUE(search.write(1, 0x1004, 1500).empty());
  expect_each_granule(search.read(2, 0x1100, 600), 0x1100, 0x1358, 0x1004);
}

TEST(RaceSearch, KnowsWhereARangeBeganWhateverIsAccessedOfItLater) {
  Searched search;
  search.write(1, 0x1000, 1024);
  search.read(1, 0x1008, 8);
  search.write(1, 0x1020, 4);
  expect_each_granule(search.write(2, 0x1018, 8), 0x1018, 0x1020, 0x1000);
  expect_each_granule(search.write(2, 0x1100, 256), 0x1100, 0x1200, 0x1000);
  expect_each_granule(search.write(2, 0x13f8, 8), 0x13f8, 0x1400, 0x1000);
  expect_each_granule(search.read(2, 0x1300, 0xf8), 0x1300, 0x13f8, 0x1000);
}

TEST(RaceSearch, ComparesARangeWithAllThatItsGranulesRemember) {
  Searched search;
  search.write(1, 0x1000, 512);
  search.join(2, 1);
  EXPECT_TRUE(search.read(2, 0x1000, 512).empty());
  EXPECT_TRUE(search.read(2, 0x1080, 256).empty());
  // The third knows of neither: it races with the write and with the later read, where that was.
  EXPECT_EQ(search.write(3, 0x1180, 8).size(), 2u);
  EXPECT_EQ(search.read(3, 0x1000, 128).size(), 16u);
}

TEST(RaceSearch, KnowsWhichOfTwoPlacesWroteAByte) {
  Searched search;
  const std::string text = "ab c d e";
  for (std::size_t i = 0; i < text.size(); ++i) {
    search.at(text[i] == ' ' ? 2 : 1);
    search.write(1, 0x1000 + i, 1);
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::vector<Meeting> meetings = search.read(2, 0x1000 + i, 1);
    ASSERT_EQ(meetings.size(), 1u) << i;
    EXPECT_EQ(meetings[0].earlier.pc(), text[i] == ' ' ? 2u : 1u) << i;
  }
}

// A write that supersedes a read takes its place in the list behind a neighbour's.
TEST(RaceSearch, ForgetsAReadBehindANeighboursWriteOnlyForItsOwnWrite) {
  Searched search;
  search.write(1, 0x1000, 8);
  search.join(2, 1);
  search.at(1);
  search.read(2, 0x1000, 8);
  search.at(2);
  search.write(2, 0x1000, 4);
  search.at(3);
  EXPECT_TRUE(search.write(2, 0x1004, 4).empty());
  for (const std::uint64_t half : {0x1000u, 0x1004u}) {
    const std::vector<Meeting> meetings = search.read(3, half, 4);
    ASSERT_EQ(meetings.size(), 1u);
    EXPECT_EQ(meetings[0].earlier.pc(), half == 0x1000 ? 2u : 3u);
    EXPECT_EQ(meetings[0].earlier.task, 2u);
  }
}

TEST(RaceSearch, ABlockThatIsGivenOutAgainHasNoHistory) {
  Searched search;
  search.alloc(1, 0x1000, 3000);
  search.write(1, 0x1000, 3000);
  search.free(1, 0x1000, 3000);
  EXPECT_FALSE(search.read(2, 0x1010, 200).empty()) << "it was freed";
  search.alloc(2, 0x1000, 2000);
  EXPECT_TRUE(search.write(2, 0x1200, 1000).empty());
  EXPECT_FALSE(search.write(2, 0x17d0, 8).empty()) << "behind the new block";
}

}  // namespace
}  // namespace tenter::analysis
