#include "predict/granule_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace tenter::analysis {
namespace {

template <bool runs>
struct Keeper {
  struct Cell {
    std::uint64_t said = 0;  // 0: nothing
  };
  static constexpr bool keeps_runs = runs;
  bool knows(const Cell& cell) const { return cell.said != 0; }
  Cell copy(const Cell& cell) const { return cell; }
  void forget(Cell& cell) const { cell = Cell(); }
};

class GranuleTables : public testing::Test {
 protected:
  void ask_for(std::initializer_list<std::uint64_t> addresses) {
    for (const std::uint64_t address : addresses) table.at(address).said = address;
  }
  std::vector<std::uint64_t> forgotten(std::uint64_t begin, std::uint64_t size) {
    std::vector<std::uint64_t> all;
    table.forget(begin, size, [&](auto& cell, unsigned granules) {
      EXPECT_EQ(granules, 1u);
      if (cell.said != 0) all.push_back(cell.said);
      keeper.forget(cell);
    });
    return all;
  }
  using Addresses = std::vector<std::uint64_t>;
  Keeper<false> keeper;
  GranuleTable<Keeper<false>> table{keeper};
};

TEST_F(GranuleTables, HaveACellForEachEightBytes) {
  ask_for({0x1000, 0x1008});
  EXPECT_EQ(&table.at(0x1007), &table.at(0x1000));
  EXPECT_EQ(table.at(0x100f).said, 0x1008u);
  EXPECT_EQ(table.at(0x1010).said, 0u);
}

TEST_F(GranuleTables, ForgetWhatLiesInAPartAndNothingElse) {
  ask_for({0x1000, 0x1008, 0x11f8, 0x1200, 0x1208});
  EXPECT_EQ(forgotten(0x1000, 0), Addresses());
  EXPECT_EQ(forgotten(0x1007, 2), Addresses({0x1000, 0x1008}));
  EXPECT_EQ(forgotten(0x1000, 0x200), Addresses({0x11f8}));
  EXPECT_EQ(table.at(0x11f8).said, 0u);
  EXPECT_EQ(forgotten(0x1008, 0x1f9), Addresses({0x1200}));
  EXPECT_EQ(forgotten(0, 0x10000), Addresses({0x1208}));
}

TEST_F(GranuleTables, ForgetALargePartInTheOrderOfItsAddresses) {
  ask_for({0x7fff'ffff'fff8, 0x5000'0000'0000, 0x10'0000, 0xf'fff8, 0x10'0008});
  EXPECT_EQ(forgotten(0xf'0000, 0x1'0008), Addresses({0xf'fff8, 0x10'0000}));
  EXPECT_EQ(forgotten(0x10'0008, 0x7fff'0000'0000), Addresses({0x10'0008, 0x5000'0000'0000}));
  EXPECT_EQ(forgotten(8, 0x8000'0000'0000), Addresses({0x7fff'ffff'fff8}));
}

TEST_F(GranuleTables, GiveTheMemoryOfWhatIsForgottenToOthers) {
  for (std::uint64_t at = 0x10'0000; at < 0x1000'0000; at += 0x10'0000) {
    ask_for({at, at + 0x200, at + 0x208});
    EXPECT_EQ(forgotten(at, 0x400), Addresses({at, at + 0x200, at + 0x208}));
    EXPECT_EQ(table.at(at).said, 0u);
    forgotten(at, 0x400);
  }
  EXPECT_EQ(table.cells(), 2 * 64u);
}

TEST(GranuleRuns, HaveOneCellAsLongAsTheirGranulesAreVisitedTogether) {
  Keeper<true> keeper;
  GranuleTable<Keeper<true>> table(keeper);
  unsigned calls = 0;
  const auto visit = [&](std::uint64_t begin, std::uint64_t end) {
    calls = 0;
    table.visit(begin, end, [&](auto& cell, std::uint8_t) { cell.said = ++calls; });
    return calls;
  };
  EXPECT_EQ(visit(0x1'0000, 0x2'0000), 128u) << "one for each 512 bytes";
  EXPECT_EQ(visit(0x1'0000, 0x2'0000), 128u);
  EXPECT_EQ(table.cells(), 128u) << "and no more memory than that";
  table.at(0x1'0208).said = 7;
  EXPECT_EQ(visit(0x1'0000, 0x1'0400), 2u + 2u) << "the two granules in front are no run any more";
  EXPECT_EQ(visit(0x1'0004, 0x1'0400), 2u + 1u + 2u) << "nor is the first, of which only a part is visited";
}

// Against a table that has one cell for each granule, whatever is done.
TEST(GranuleRuns, SayWhatTheirGranulesWouldSay) {
  constexpr std::uint64_t begin = 0x10'0000 - 0x400, size = 0x800;  // in two regions
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto below = [&](std::uint64_t limit) { return std::uint64_t{random()} % limit; };
    Keeper<true> keeper;
    GranuleTable<Keeper<true>> table(keeper);
    std::map<std::uint64_t, std::uint64_t> expected;  // what is said of each granule of which something is
    const auto more = [](std::uint64_t said, std::uint64_t number, std::uint8_t mask) {
      return (said * 31 + number) * 257 + mask + 1;
    };
    for (std::uint64_t number = 1; number <= 60; ++number) {
      std::uint64_t from = begin + below(size), until = from + 1 + below(begin + size - from);
      if (below(2) == 0) {  // what most ranges are
        from &= ~std::uint64_t{0x7f};
        until = (until + 0x7f) & ~std::uint64_t{0x7f};
      }
      const std::uint64_t first = from & ~std::uint64_t{7};
      switch (below(8)) {
        case 0: {
          auto& cell = table.at(from);
          ASSERT_EQ(cell.said, expected.contains(first) ? expected[first] : 0);
          cell.said = expected[first] = more(cell.said, number, 0);
          break;
        }
        case 1: {
          std::vector<std::uint64_t> told, known;
          table.forget(from, until - from, [&](auto& cell, unsigned granules) {
            if (cell.said != 0) told.insert(told.end(), granules, cell.said);
            keeper.forget(cell);
          });
          for (std::uint64_t granule = first; granule < until; granule += 8) {
            if (expected.contains(granule)) known.push_back(expected[granule]);
            expected.erase(granule);
          }
          ASSERT_EQ(told, known);
          break;
        }
        default:
          table.visit(from, until, [&](auto& cell, std::uint8_t mask) { cell.said = more(cell.said, number, mask); });
          for (std::uint64_t granule = first; granule < until; granule += 8)
            expected[granule] = more(expected[granule], number, granule_mask(granule, from, until));
      }
    }
    for (std::uint64_t granule = begin; granule < begin + size; granule += 8)
      ASSERT_EQ(table.at(granule).said, expected.contains(granule) ? expected[granule] : 0) << granule;
  }
}

}  // namespace
}  // namespace tenter::analysis
