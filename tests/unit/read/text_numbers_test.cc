#include "read/text_numbers.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <unordered_map>
#include <vector>

namespace tenter::analysis {
namespace {

// Asks for these texts again and again, in any order.
void expect_one_number_each(const std::vector<std::string>& texts) {
  std::mt19937 random(1);
  TextNumbers numbers;
  std::unordered_map<std::string, std::uint32_t> known;
  for (std::size_t i = 0; i < texts.size() * 10; ++i) {
    const std::string& text = texts[random() % texts.size()];
    const auto number = known.try_emplace(text, static_cast<std::uint32_t>(known.size())).first->second;
    // Eight bytes are readable where it begins; what follows it is not looked at.
    const std::string readable = text + std::to_string(random()) + "7654321";
    ASSERT_EQ(i % 2 == 0 ? numbers.number_of(text)
                         : numbers.number_of_readable(std::string_view(readable).substr(0, text.size())),
              number)
        << text;
    ASSERT_EQ(numbers.text(number), text);
  }
  EXPECT_EQ(numbers.size(), known.size());
  for (const auto& [text, number] : known) EXPECT_EQ(numbers.text(number), text);
}

TEST(TextNumbers, OfTextsThatEndInACount) {
  std::vector<std::string> texts;
  for (unsigned i = 0; i < 3000; ++i) {
    // Dense and sparse, with and without letters, of letters that are many and of many kinds.
    texts.push_back("V" + std::to_string(i));
    texts.push_back("V" + std::to_string(i * 1'000'003u));
    texts.push_back(std::to_string(i * i));
    texts.push_back("seven_s" + std::to_string(i));
    texts.push_back("eight_eg" + std::to_string(i));
    texts.push_back(std::string(1 + i % 3, static_cast<char>('A' + i % 40)) + std::to_string(i));
  }
  expect_one_number_each(texts);
}

TEST(TextNumbers, OfTextsThatAreNearlyTheSame) {
  std::vector<std::string> texts = {"",
                                    "0",
                                    "00",
                                    "000",
                                    "V",
                                    "V0",
                                    "V00",
                                    "V1",
                                    "V01",
                                    "V001",
                                    "1",
                                    "01",
                                    "1V",
                                    "V1 ",
                                    "V1V",
                                    "V10",
                                    "10",
                                    "V999999999",
                                    "V1999999999",
                                    "V0999999999",
                                    "V4294967297",
                                    "V4294967296",
                                    std::string("V\0"
                                                "1",
                                                3),
                                    std::string("\0"
                                                "1",
                                                2),
                                    std::string("\0\0"
                                                "1",
                                                3)};
  for (const char c : {'/', ':', '\xb0', '\xb9', '\xff'}) {
    // What is next to a digit is none.
    texts.push_back(std::string("V") + c);
    texts.push_back(std::string("V1") + c + "1");
    texts.push_back(std::string("long_V1") + c + "12345678");
  }
  expect_one_number_each(texts);
}

// An array of counts grows as there are more texts; what had to go to the table before keeps its number.
TEST(TextNumbers, StayWhenTheirTextsBecomeDense) {
  TextNumbers numbers;
  EXPECT_EQ(numbers.number_of("V20000"), 0u);
  for (std::uint32_t i = 0; i < 30'000; ++i)
    EXPECT_EQ(numbers.number_of("V" + std::to_string(i)), i < 20'000 ? i + 1 : i == 20'000 ? 0 : i);
  EXPECT_EQ(numbers.text(0), "V20000");
  EXPECT_EQ(numbers.size(), 30'000u);
}

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
