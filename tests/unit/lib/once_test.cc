// Functions that are computed once: what they share, and for how long.
#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>

#include "everywhere.h"

namespace tenter {
namespace {

class OnceValues : public Everywhere {};
INSTANTIATE_TEST_SUITE_P(Places, OnceValues, all_places(), place_name);

TEST_P(OnceValues, CopiesShareTheValueAsLongAsOneLives) {
  here([&] {
    const auto token = std::make_shared<int>(5);
    {
      const auto value = once_value([token] { return token; });
      auto copy = value;
      const std::shared_ptr<int>* const first = &value();
      EXPECT_EQ(&copy(), first);
      auto moved = std::move(copy);
      EXPECT_EQ(&moved(), first);
      EXPECT_EQ(*moved(), 5);
    }
    EXPECT_EQ(token.use_count(), 1);
  });
}

TEST_P(OnceValues, NeitherFunctionNorValueNeedBeCopied) {
  here([&] {
    auto value = once_value([number = std::make_unique<int>(7)]() mutable { return std::move(number); });
    EXPECT_EQ(*value(), 7);
    EXPECT_EQ(*value(), 7);
  });
}

TEST_P(OnceValues, AFunctionWithoutAValue) {
  here([&] {
    int calls = 0;
    const auto init = once_value([&] { ++calls; });
    for (int i = 0; i < 3; ++i) { spawn(init); }
    join();
    init();
    EXPECT_EQ(calls, 1);
  });
}

TEST_P(OnceValues, AReferenceIsCopiedOnce) {
  here([&] {
    std::string text = "first";
    auto value = once_value([&]() -> const std::string& { return text; });
    EXPECT_EQ(value(), "first");
    text = "second";
    EXPECT_EQ(value(), "first");
  });
}

TEST_P(OnceValues, S087EveryCallThrowsTheSameObject) {
  here([&] {
    std::atomic<int> calls{0};
    auto value = once_value([&]() -> int {
      ++calls;
      throw std::runtime_error("no value");
    });
    std::atomic<const std::exception*> thrown{nullptr};
    for (int i = 0; i < 4; ++i) {
      spawn([&, value] {
        for (int k = 0; k < 2; ++k) {
          try {
            (void)value();
            ADD_FAILURE() << "returned";
          } catch (const std::runtime_error& error) {
            const std::exception* none = nullptr;
            if (!thrown.compare_exchange_strong(none, &error)) { EXPECT_EQ(none, &error); }
          }
        }
      });
    }
    join();
    EXPECT_EQ(calls, 1);
  });
}

}  // namespace
}  // namespace tenter
