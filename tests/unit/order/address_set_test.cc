#include "order/address_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

namespace tenter::analysis {
namespace {

std::vector<std::uint64_t> taken(AddressSet& set, std::uint64_t begin, std::uint64_t end) {
  std::vector<std::uint64_t> found;
  set.take(begin, end, [&](std::uint64_t address) { found.push_back(address); });
  std::ranges::sort(found);
  return found;
}

TEST(AddressSet, GivesWhatLiesInARangeOnce) {
  AddressSet set;
  for (const std::uint64_t address : {0x1000u, 0x11f8u, 0x1200u, 0x1200u, 0x5000u}) set.insert(address);
  EXPECT_TRUE(taken(set, 0x1000, 0x1000).empty());
  EXPECT_EQ(taken(set, 0x1001, 0x1201), (std::vector<std::uint64_t>{0x11f8, 0x1200}));
  EXPECT_TRUE(taken(set, 0x1001, 0x1201).empty());
  EXPECT_EQ(taken(set, 0, ~std::uint64_t{0}), (std::vector<std::uint64_t>{0x1000, 0x5000}));
}

TEST(AddressSet, IsASet) {
  std::mt19937 random(1);
  const auto below = [&](std::uint64_t bound) { return std::uint64_t{random()} % bound; };
  AddressSet set;
  std::set<std::uint64_t> twin;
  for (unsigned round = 0; round < 20000; ++round) {
    const std::uint64_t address = 0x7f0000000000 + below(20000) * 4;
    if (below(3) != 0) {
      set.insert(address);
      twin.insert(address);
    } else if (below(2) == 0) {
      set.erase(address);
      twin.erase(address);
    } else {
      const std::uint64_t end = address + below(below(50) == 0 ? 80000 : 300);
      const auto first = twin.lower_bound(address), last = twin.lower_bound(end);
      ASSERT_EQ(taken(set, address, end), std::vector<std::uint64_t>(first, last)) << "round " << round;
      twin.erase(first, last);
    }
  }
}

}  // namespace
}  // namespace tenter::analysis
