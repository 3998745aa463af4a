#include "record/access_filter.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <random>

using tenter::record::AccessFilter;

namespace {

constexpr std::uintptr_t base = 0x7f12'3456'7000;

struct FreeMemory {
  void operator()(AccessFilter* filter) const { std::free(filter); }
};
// With its entries behind it, as a thread has them.
std::unique_ptr<AccessFilter, FreeMemory> make_filter(unsigned index_bits = AccessFilter::index_bits_min) {
  const std::size_t page = 4096;
  const std::size_t bytes = (AccessFilter::bytes_for(index_bits) + page - 1) / page * page;
  void* memory = std::aligned_alloc(page, bytes);
  std::memset(memory, 0, bytes);
  auto* filter = static_cast<AccessFilter*>(memory);
  filter->use_entries(index_bits);
  return std::unique_ptr<AccessFilter, FreeMemory>(filter);
}

bool covers_range(const AccessFilter& filter, std::uintptr_t address, std::size_t size, bool write) {
  return filter.uncovered(address, size, write).is_empty();
}

TEST(AccessFilter, covers_nothing_before_something_is_added) {
  const auto filter = make_filter();
  for (unsigned size_log2 = 0; size_log2 < 4; ++size_log2) {
    EXPECT_FALSE(filter->covers(0, size_log2, false));
    EXPECT_FALSE(filter->covers(base, size_log2, true));
  }
}

TEST(AccessFilter, a_write_covers_reads_and_a_read_covers_no_write) {
  const auto filter = make_filter();
  filter->add(base, 3, true);
  EXPECT_TRUE(filter->covers(base, 3, false));
  filter->add(base + 8, 3, false);
  EXPECT_FALSE(filter->covers(base + 8, 3, true));
}

TEST(AccessFilter, a_part_is_covered_by_the_whole_and_not_the_other_way_round) {
  const auto filter = make_filter();
  filter->add(base + 4, 1, true);
  EXPECT_TRUE(filter->covers(base + 5, 0, true));
  EXPECT_FALSE(filter->covers(base + 4, 2, true));
  filter->add(base + 6, 1, true);
  EXPECT_TRUE(filter->covers(base + 4, 2, true)) << "both halves were written";
}

TEST(AccessFilter, an_access_across_granules_needs_both) {
  const auto filter = make_filter();
  filter->add(base + 6, 2, false);
  EXPECT_TRUE(filter->covers(base + 6, 2, false));
  EXPECT_TRUE(filter->covers(base + 8, 1, false));
  EXPECT_FALSE(filter->covers(base + 4, 2, false));
}

TEST(AccessFilter, a_new_epoch_forgets_for_524288_releases_and_longer) {
  const auto filter = make_filter();
  filter->add(base, 3, true);
  for (int i = 0; i < 600'000; ++i) {
    filter->new_epoch();
    ASSERT_FALSE(filter->covers(base, 0, false)) << "epochs must not be taken for one another: release " << i;
  }
}

TEST(AccessFilter, freed_memory_is_forgotten_and_its_neighbours_are_not) {
  const auto filter = make_filter();
  filter->add_range(base, 64, true);
  filter->forget_range(base + 16, 24);
  EXPECT_TRUE(covers_range(*filter, base, 16, true));
  EXPECT_FALSE(filter->covers(base + 16, 0, false));
  EXPECT_FALSE(filter->covers(base + 39, 0, false));
  EXPECT_TRUE(covers_range(*filter, base + 40, 24, true));
  filter->forget_range(base, 1 << 20);
  EXPECT_FALSE(filter->covers(base + 40, 0, false));
}

TEST(AccessFilter, of_a_range_the_uncovered_middle_is_left) {
  const auto filter = make_filter();
  filter->add_range(base, 1000, true);
  filter->add_range(base + 3000, 1000, true);
  for (const bool write : {false, true}) {
    const auto left = filter->uncovered(base + 5, 3990, write);
    EXPECT_EQ(left.begin, base + 1000);
    EXPECT_EQ(left.end, base + 3000);
  }
  filter->add_range(base + 1500, 1, true);
  EXPECT_EQ(filter->uncovered(base, 4000, true).size(), 2000u) << "one event, though a byte of it is covered";
  filter->add_range(base + 1000, 2000, false);
  EXPECT_TRUE(covers_range(*filter, base, 4000, false));
  EXPECT_EQ(filter->uncovered(base, 4000, true).begin, base + 1000) << "a read covers no write";
}

TEST(AccessFilter, ranges_too_long_to_look_up_are_never_covered) {
  const auto filter = make_filter();
  constexpr std::size_t half = std::size_t{4} << AccessFilter::index_bits_min;
  filter->add_range(base, half, true);
  EXPECT_TRUE(covers_range(*filter, base, half, true));
  filter->add_range(base, half + 1, true);
  EXPECT_EQ(filter->uncovered(base, half + 1, true).size(), half + 1);
}

TEST(AccessFilter, switched_off_it_covers_nothing) {
  const auto filter = make_filter();
  filter->disable();
  filter->add(base, 3, true);
  EXPECT_FALSE(filter->covers(base, 3, true));
}

// The slow twin: bytes accessed and written since the last release, in a map.
TEST(AccessFilter, drops_only_what_was_accessed_in_this_epoch_with_that_strength) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::mt19937_64 random(seed);
    const auto filter = make_filter(seed % 2 == 0 ? AccessFilter::index_bits_min : AccessFilter::index_bits_max);
    struct Byte {
      bool accessed = false;
      bool written = false;
    };
    std::map<std::uintptr_t, Byte> seen;
    // Far apart addresses share entries of the table; near ones share granules.
    const std::uintptr_t places[] = {base, base + 256 * 1024, base + (std::uintptr_t{1} << 33), 0x5555'0000'0000};
    int dropped = 0;
    for (int step = 0; step < 20'000; ++step) {
      const std::uintptr_t address = places[random() % 4] + random() % 96;
      const auto size_log2 = static_cast<unsigned>(random() % 4);
      const bool write = random() % 3 == 0;
      const std::uint64_t action = random() % 200;
      if (action == 0) {
        filter->new_epoch();
        seen.clear();
      } else if (action == 1) {
        const std::size_t size = random() % 40;
        filter->forget_range(address, size);
        for (std::size_t i = 0; i < size; ++i) { seen.erase(address + i); }
      } else if (action < 20 && address % 16 == 0) {
        if (filter->covers_pair(address, write)) {
          for (std::size_t i = 0; i < 16; ++i) {
            const Byte& byte = seen[address + i];
            ASSERT_TRUE(write ? byte.written : byte.accessed) << "a pair; seed " << seed << ", step " << step;
          }
        } else {
          filter->add(address, 3, write);
          filter->add(address + 8, 3, write);
          ASSERT_TRUE(filter->covers_pair(address, write));
          for (std::size_t i = 0; i < 16; ++i) {
            Byte& byte = seen[address + i];
            byte.accessed = true;
            byte.written |= write;
          }
        }
      } else if (action < 25) {
        const std::uint64_t bytes = random() >> random() % 64 & random();
        const bool covered = filter->covers_bytes(address, bytes, write);
        for (std::size_t i = 0; i < 64; ++i) {
          if ((bytes >> i & 1) == 0) { continue; }
          Byte& byte = seen[address + i];
          ASSERT_TRUE(!covered || (write ? byte.written : byte.accessed)) << "seed " << seed << ", step " << step;
          filter->add(address + i, 0, write);
          byte.accessed = true;
          byte.written |= write;
        }
        ASSERT_TRUE(filter->covers_bytes(address, bytes, write)) << "seed " << seed << ", step " << step;
      } else if (action < 30) {
        const std::size_t size = random() % 300;
        const auto left = filter->uncovered(address, size, write);
        for (std::uintptr_t at = address; at < address + size; ++at) {
          Byte& byte = seen[at];
          if (at < left.begin || at >= left.end) {
            ASSERT_TRUE(write ? byte.written : byte.accessed) << "a range; seed " << seed << ", step " << step;
          }
        }
        filter->add_range(left.begin, left.size(), write);
        ASSERT_TRUE(covers_range(*filter, address, size, write)) << "a range; seed " << seed << ", step " << step;
        for (std::uintptr_t at = left.begin; at < left.end; ++at) {
          seen[at].accessed = true;
          seen[at].written |= write;
        }
      } else if (filter->covers(address, size_log2, write)) {
        ++dropped;
        for (std::size_t i = 0; i < (std::size_t{1} << size_log2); ++i) {
          const Byte& byte = seen[address + i];
          ASSERT_TRUE(write ? byte.written : byte.accessed) << "seed " << seed << ", step " << step;
        }
      } else {
        filter->add(address, size_log2, write);
        for (std::size_t i = 0; i < (std::size_t{1} << size_log2); ++i) {
          Byte& byte = seen[address + i];
          byte.accessed = true;
          byte.written |= write;
        }
      }
    }
    EXPECT_GT(dropped, 1000) << "a filter that drops nothing passes every other test";
  }
}

}  // namespace
