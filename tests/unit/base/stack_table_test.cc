#include "base/stack_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace tenter::analysis {
namespace {

TEST(StackTable, KeepsEveryChainOnce) {
  StackTable stacks;
  const StackId main = stacks.push(empty_stack, 0x10);
  const StackId inner = stacks.push(main, 0x20);
  EXPECT_EQ(stacks.push(main, 0x20), inner);
  EXPECT_NE(stacks.push(empty_stack, 0x20), inner);
  EXPECT_EQ(stacks.pop(inner), main);
  EXPECT_EQ(stacks.pop(main), empty_stack);
  EXPECT_EQ(stacks.frames(inner), (std::vector<std::uint64_t>{0x20, 0x10}));
  EXPECT_EQ(stacks.size(), 4u);
}

TEST(StackTable, AgreesWithAMapOfChains) {
  StackTable stacks;
  std::map<std::vector<std::uint64_t>, StackId> known;
  std::mt19937_64 random(20);
  StackId at = empty_stack;
  std::vector<std::uint64_t> chain;
  for (int i = 0; i < 200'000; ++i) {
    if (!chain.empty() && random() % 2 == 0) {
      at = stacks.pop(at);
      chain.pop_back();
    } else {
      chain.push_back(random() % 5 == 0 ? random() : random() % 50);
      at = stacks.push(at, chain.back());
    }
    const auto [entry, is_new] = known.emplace(chain, at);
    ASSERT_EQ(entry->second, at) << "step " << i;
  }
  for (const auto& [frames, id] : known) {
    ASSERT_EQ(stacks.frames(id), (std::vector<std::uint64_t>{frames.rbegin(), frames.rend()}));
  }
}

}  // namespace
}  // namespace tenter::analysis
