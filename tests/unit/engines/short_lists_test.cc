#include "predict/short_lists.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace tenter::analysis {
namespace {

struct Value {
  int number = 0;
  std::uint8_t mask = 0;
};
using Lists = ShortLists<Value, 3>;

std::vector<int> sorted_numbers(const Lists& lists, const Lists::List& list) {
  std::vector<int> numbers;
  lists.for_each(list, [&](const Value& value) { numbers.push_back(value.number); });
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

// Against a plain set, with lists that grow beyond what lies near and shrink again.
TEST(ShortLists, KeepEachValueOnceUntilItIsGone) {
  std::mt19937 random(7);
  Lists lists;
  std::vector<Lists::List> made(5);
  std::vector<std::vector<int>> expected(made.size());
  for (int number = 1; number <= 20000; ++number) {
    const std::size_t at = random() % made.size();
    if (random() % 50 == 0) {
      lists.clear(made[at]);
      expected[at].clear();
    }
    const unsigned one_in = static_cast<unsigned>(1 + random() % 12);
    std::vector<int> asked, kept;
    const auto gone = [&](const Value& value) {
      asked.push_back(value.number);
      if (random() % one_in == 0) return true;
      kept.push_back(value.number);
      return false;
    };
    const std::size_t more = lists.replace(made[at], gone, {number, 1});
    std::sort(asked.begin(), asked.end());
    ASSERT_EQ(asked, expected[at]);
    kept.push_back(number);
    std::sort(kept.begin(), kept.end());
    ASSERT_EQ(sorted_numbers(lists, made[at]), kept);
    ASSERT_EQ(made[at].near[0].number, number) << "the newest comes first";
    ASSERT_EQ(more, kept.size() < 3 ? 0 : kept.size() - 3);
    expected[at] = kept;
  }
}

}  // namespace
}  // namespace tenter::analysis
