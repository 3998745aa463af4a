// Which bytes a mask tells of, against each lane by itself.
#include "hooks/lanes.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace {

struct Told {
  std::uintptr_t address;
  std::size_t bytes;
  bool write;

  bool operator==(const Told&) const = default;
};
std::vector<Told> told;

// Asked about; known are those at address 0.
std::uint64_t known_bytes = 0;

struct Log {
  template <bool write>
  static bool is_known(std::uintptr_t address, std::uint64_t bytes) {
    known_bytes = bytes;
    return address == 0;
  }
  template <unsigned size_log2, bool write>
  static void plain(std::uintptr_t address, std::uintptr_t) {
    told.push_back({address, std::size_t{1} << size_log2, write});
  }
  template <bool write>
  static void range(std::uintptr_t address, std::size_t bytes, std::uintptr_t) {
    told.push_back({address, bytes, write});
  }
};

const void* place(std::uintptr_t address) { return reinterpret_cast<const void*>(address); }

template <bool write>
std::vector<Told> told_of(std::uintptr_t first, std::uint64_t selected) {
  told.clear();
  tenter::hooks::tell_bytes<Log, write>(place(first), selected, 0);
  return told;
}

TEST(Lanes, no_byte_is_no_access) { EXPECT_EQ(told_of<true>(1000, 0), std::vector<Told>{}); }

TEST(Lanes, neighbours_are_one_access) {
  EXPECT_EQ(told_of<false>(1000, 0xff'0fff), (std::vector<Told>{{1000, 12, false}, {1016, 8, false}}));
  EXPECT_EQ(told_of<true>(1000, 0xffff), (std::vector<Told>{{1000, 16, true}}));
}

TEST(Lanes, all_sixty_four_bytes) {
  EXPECT_EQ(told_of<true>(1000, ~std::uint64_t{0}), (std::vector<Told>{{1000, 64, true}}));
  EXPECT_EQ(told_of<true>(1000, std::uint64_t{1} << 63), (std::vector<Told>{{1063, 1, true}}));
}

TEST(Lanes, every_selected_byte_once_and_no_other) {
  std::mt19937_64 dice(1);
  for (int round = 0; round < 2000; ++round) {
    // Long runs as well as single bytes.
    const std::uint64_t selected = round % 3 == 0   ? dice()
                                   : round % 3 == 1 ? dice() & dice()
                                                    : dice() | dice() | dice();
    std::uint64_t found = 0;
    for (const Told& each : told_of<false>(5000, selected)) {
      for (std::size_t byte = 0; byte < each.bytes; ++byte) {
        const std::uint64_t bit = std::uint64_t{1} << (each.address + byte - 5000);
        ASSERT_EQ(found & bit, 0u) << "round " << round << ", mask " << selected;
        found |= bit;
      }
    }
    ASSERT_EQ(found, selected) << "round " << round;
  }
}

TEST(Lanes, what_is_known_is_not_told) {
  EXPECT_EQ(told_of<true>(0, 0xff00ff00), std::vector<Told>{});
  EXPECT_EQ(known_bytes, 0xff00ff00u);
}

TEST(Lanes, scattered_ones_are_told_of_one_by_one) {
  const void* const addresses[] = {place(64), place(8), place(8), place(800)};
  told.clear();
  tenter::hooks::tell_scattered<Log, true>(addresses, 0b1101, 8, 0);
  EXPECT_EQ(told, (std::vector<Told>{{64, 8, true}, {8, 8, true}, {800, 8, true}}));
}

}  // namespace
