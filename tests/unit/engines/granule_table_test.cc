#include "predict/granule_table.h"

#include <gtest/gtest.h>

namespace tenter::analysis {
namespace {

struct Count {
  std::uint64_t address = 0;  // of whom it was asked for; 0: nobody
};

class GranuleTables : public testing::Test {
 protected:
  void ask_for(std::initializer_list<std::uint64_t> addresses) {
    for (const std::uint64_t address : addresses) table.at(address).address = address;
  }
  std::vector<std::uint64_t> forgotten(std::uint64_t begin, std::uint64_t size) {
    std::vector<std::uint64_t> all;
    table.forget(begin, size, [&](Count& cell) {
      if (cell.address != 0) all.push_back(cell.address);
      cell = Count();
    });
    return all;
  }
  using Addresses = std::vector<std::uint64_t>;
  GranuleTable<Count> table;
};

TEST_F(GranuleTables, HaveACellForEachEightBytes) {
  ask_for({0x1000, 0x1008});
  EXPECT_EQ(&table.at(0x1007), &table.at(0x1000));
  EXPECT_EQ(table.at(0x100f).address, 0x1008u);
  EXPECT_EQ(table.at(0x1010).address, 0u);
}

TEST_F(GranuleTables, ForgetWhatLiesInAPartAndNothingElse) {
  ask_for({0x1000, 0x1008, 0x11f8, 0x1200, 0x1208});
  EXPECT_EQ(forgotten(0x1000, 0), Addresses());
  EXPECT_EQ(forgotten(0x1007, 2), Addresses({0x1000, 0x1008}));
  EXPECT_EQ(forgotten(0x1000, 0x200), Addresses({0x11f8}));
  EXPECT_EQ(table.at(0x11f8).address, 0u);
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
    EXPECT_EQ(table.at(at).address, 0u);
    forgotten(at, 0x400);
  }
  EXPECT_EQ(table.cells(), 2 * 64u);
}

}  // namespace
}  // namespace tenter::analysis
