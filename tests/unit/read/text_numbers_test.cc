#include "read/text_numbers.h"

#include <gtest/gtest.h>

#include <random>
#include <unordered_map>

namespace tenter::analysis {
namespace {

TEST(TextNumbers, AreTheSameForEqualTextsAlone) {
  std::mt19937 random(1);
  TextNumbers numbers;
  std::unordered_map<std::string, std::uint32_t> known;
  for (int i = 0; i < 20'000; ++i) {
    // Few letters, so that texts come again, and lengths on both sides of what the table itself holds.
    std::string text(random() % 20, 'a');
    for (char& letter : text) letter = "ab\0\xff"[random() % 4];
    const auto number = known.try_emplace(text, static_cast<std::uint32_t>(known.size())).first->second;
    ASSERT_EQ(numbers.number_of(text), number);
    ASSERT_EQ(numbers.text(number), text);
  }
  EXPECT_EQ(numbers.size(), known.size());
  for (const auto& [text, number] : known) EXPECT_EQ(numbers.text(number), text);
}

}  // namespace
}  // namespace tenter::analysis
