#include "order/blocks.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace tenter::analysis
