#include "order/blocks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <random>
#include <vector>

namespace tenter::analysis {
namespace {

Block block(std::uint64_t address, std::uint64_t size) {
  Block made;
  made.address = address;
  made.size = size;
  return made;
}

TEST(Blocks, CoverTheirBytesAndNoMore) {
  Blocks blocks;
  EXPECT_FALSE(blocks.add(block(0x1000, 16)));
  EXPECT_EQ(blocks.covering(0xfff), nullptr);
  ASSERT_NE(blocks.covering(0x100f), nullptr);
  EXPECT_EQ(blocks.covering(0x100f)->address, 0x1000u);
  EXPECT_EQ(blocks.covering(0x1010), nullptr);
}

TEST(Blocks, SayWhenMemoryIsGivenOutTwice) {
  Blocks blocks;
  blocks.add(block(0x1000, 64));
  EXPECT_TRUE(blocks.add(block(0x1010, 16)));
  EXPECT_EQ(blocks.covering(0x1008)->size, 16u);
  EXPECT_EQ(blocks.covering(0x1018)->address, 0x1010u);
  EXPECT_EQ(blocks.covering(0x1028)->address, 0x1020u);
}

TEST(Blocks, AreCutByARemovalInTheirMiddle) {
  Blocks blocks;
  blocks.add(block(0x1000, 64));
  EXPECT_TRUE(blocks.remove(0x1010, 0x1020));
  EXPECT_FALSE(blocks.remove(0x1010, 0x1020));
  EXPECT_NE(blocks.covering(0x100f), nullptr);
  EXPECT_EQ(blocks.covering(0x1010), nullptr);
  EXPECT_NE(blocks.covering(0x1020), nullptr);
}

TEST(Blocks, OfAllSizesEndWhereTheyWereFreed) {
  Blocks blocks;
  for (const std::uint64_t size : {1ull, 8ull, 20ull, 16384ull, 16385ull, 1ull << 40}) {
    EXPECT_FALSE(blocks.add(block(0x3ff8, size))) << size;
    EXPECT_EQ(blocks.beginning_at(0x3ff8)->size, size);
    EXPECT_EQ(blocks.covering(0x3ff8 + size - 1)->address, 0x3ff8u);
    EXPECT_EQ(blocks.covering(0x3ff8 + size), nullptr) << size;
    EXPECT_EQ(blocks.remove_block(0x3ff8), size);
    EXPECT_EQ(blocks.remove_block(0x3ff8), 0u);
    EXPECT_EQ(blocks.covering(0x3ff8 + size - 1), nullptr) << size;
  }
}

TEST(Blocks, EndWithTheLastAddress) {
  Blocks blocks;
  const std::uint64_t high = ~std::uint64_t{0} - 7;
  blocks.add(block(high, 8));
  EXPECT_TRUE(blocks.add(block(high - 8, ~std::uint64_t{0})));
  EXPECT_EQ(blocks.covering(high)->address, high - 8);
  EXPECT_EQ(blocks.beginning_at(~std::uint64_t{0}), nullptr);
  EXPECT_EQ(blocks.remove_block(~std::uint64_t{0}), 0u);
}

// What Blocks says, by asking each byte for the piece that it is of.
class BlocksByByte {
 public:
  struct Piece {
    std::uint64_t address, size;
    bool operator==(const Piece&) const = default;
  };
  explicit BlocksByByte(std::size_t bytes) : owner_(bytes) {}

  bool add(std::uint64_t address, std::uint64_t size) {
    const bool reused = remove(address, address + size);
    ++last_;
    for (std::uint64_t at = address; at < address + size; ++at) owner_[at] = last_;
    return reused;
  }
  bool remove(std::uint64_t begin, std::uint64_t end) {
    const bool any =
        std::any_of(owner_.begin() + static_cast<std::ptrdiff_t>(begin),
                    owner_.begin() + static_cast<std::ptrdiff_t>(end), [](unsigned who) { return who != 0; });
    // What is left behind the range is another block than what is left before it.
    const unsigned cut = end < owner_.size() ? owner_[end] : 0;
    const bool in_two = cut != 0 && begin > 0 && owner_[begin - 1] == cut;
    if (in_two) {
      ++last_;
      for (std::uint64_t at = end; at < owner_.size() && owner_[at] == cut; ++at) owner_[at] = last_;
    }
    for (std::uint64_t at = begin; at < end; ++at) owner_[at] = 0;
    return any;
  }
  std::optional<Piece> covering(std::uint64_t address) const {
    const unsigned who = owner_[address];
    if (who == 0) return std::nullopt;
    std::uint64_t begin = address, end = address;
    while (begin > 0 && owner_[begin - 1] == who) --begin;
    while (end < owner_.size() && owner_[end] == who) ++end;
    return Piece{begin, end - begin};
  }

 private:
  std::vector<unsigned> owner_;  // by address; 0: nobody
  unsigned last_ = 0;
};

TEST(Blocks, SayWhatIsFoundByteByByte) {
  constexpr std::uint64_t base = 0x7f0000003000;  // four regions, and two in part
  constexpr std::uint64_t bytes = 0x13000;
  for (unsigned seed = 1; seed <= 8; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](std::uint64_t bound) { return std::uint64_t{random()} % bound; };
    Blocks blocks;
    BlocksByByte twin(bytes);
    for (unsigned round = 0; round < 2000; ++round) {
      const std::uint64_t most = below(8) == 0 ? 0x9000 : below(4) == 0 ? 0x1000 : 200;
      std::uint64_t begin = below(bytes);
      if (below(4) != 0) begin &= ~std::uint64_t{7};
      const std::uint64_t size = std::min(1 + below(most), bytes - begin);
      const auto there = twin.covering(begin);
      if (below(3) != 0) {
        ASSERT_EQ(blocks.add(block(base + begin, size)), twin.add(begin, size))
            << "seed " << seed << " round " << round;
      } else if (below(2) == 0 && there) {
        ASSERT_EQ(blocks.remove_block(base + there->address), there->size) << "seed " << seed << " round " << round;
        twin.remove(there->address, there->address + there->size);
      } else {
        ASSERT_EQ(blocks.remove(base + begin, base + begin + size), twin.remove(begin, begin + size))
            << "seed " << seed << " round " << round;
      }
      for (const std::uint64_t at :
           {begin, begin + size - 1, (begin + size) % bytes, (begin + bytes - 1) % bytes, below(bytes)}) {
        const Block* const found = blocks.covering(base + at);
        const auto expected = twin.covering(at);
        ASSERT_EQ(found != nullptr, expected.has_value()) << "seed " << seed << " round " << round << " at " << at;
        if (found == nullptr) continue;
        ASSERT_EQ((BlocksByByte::Piece{found->address - base, found->size}), *expected)
            << "seed " << seed << " round " << round << " at " << at;
        ASSERT_EQ(blocks.beginning_at(found->address), found);
      }
    }
  }
}

}  // namespace
}  // namespace tenter::analysis
