// Pools of objects.
#include <array>
#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "everywhere.h"

namespace tenter {
namespace {

class Pools : public Everywhere {};
INSTANTIATE_TEST_SUITE_P(Places, Pools, all_places(), place_name);

TEST_P(Pools, S107WhatWasPutIsReturned) {
  here([&] {
    int made = 0;
    Pool pool([&] { return std::make_unique<int>(++made); });
    auto one = pool.get();
    auto two = pool.get();
    EXPECT_EQ(*one + *two, 3);
    const int* const first = one.get();
    pool.put(std::move(one));
    EXPECT_EQ(pool.get().get(), first);
    EXPECT_EQ(made, 2);
  });
}

// Whoever finds nothing of its own takes what others have put.
TEST_P(Pools, OthersFindWhatWasPut) {
  here([&] {
    std::atomic<int> made{0};
    Pool pool([&] { return ++made; });
    for (int i = 0; i < 10; ++i) { pool.put(-1 - i); }
    std::atomic<int> sum{0};
    spawn([&] {
      for (int i = 0; i < 10; ++i) { sum += pool.get(); }
    });
    join();
    EXPECT_EQ(sum, -55);
    EXPECT_EQ(made, 0);
    EXPECT_EQ(pool.get(), 1);
  });
}

struct Pooled {
  static inline std::atomic<int> alive{0};
  Pooled() { ++alive; }
  Pooled(Pooled&&) noexcept { ++alive; }
  Pooled& operator=(Pooled&&) = delete;
  ~Pooled() { --alive; }
};

TEST_P(Pools, ItKeepsNoMoreThanItMay) {
  here([&] {
    for (const std::size_t most : {0u, 1u, 3u, 8u, 20u}) {
      Pool pool([] { return Pooled(); }, most);
      std::vector<Pooled> all(40);
      for (Pooled& one : all) { pool.put(std::move(one)); }
      all.clear();
      EXPECT_EQ(Pooled::alive, static_cast<int>(most));
    }
    EXPECT_EQ(Pooled::alive, 0);  // they go with the pool
  });
}

TEST_P(Pools, NoObjectIsGivenToTwo) {
  here([&] {
    std::atomic<int> made{0};
    Pool pool(
        [&] {
          ++made;
          return std::make_unique<std::atomic<bool>>(false);
        },
        16);
    for (int w = 0; w < 4; ++w) {
      spawn([&] {
        for (int i = 0; i < 1000; ++i) {
          auto object = pool.get();
          ASSERT_FALSE(object->exchange(true));
          if (i % 10 == 0) { yield(); }
          ASSERT_TRUE(object->exchange(false));
          pool.put(std::move(object));
        }
      });
    }
    join();
    EXPECT_LE(made, 4);  // no more than were in use at a time
  });
}

TEST_P(Pools, AFactoryThatThrows) {
  here([&] {
    Pool<int> pool([]() -> int { throw std::runtime_error("none left"); });
    EXPECT_THROW((void)pool.get(), std::runtime_error);
    pool.put(5);
    EXPECT_EQ(pool.get(), 5);
  });
}

struct Brittle {
  static inline bool breaks = false;
  int value = 0;
  explicit Brittle(int v) : value(v) {}
  Brittle(Brittle&& other) : value(other.value) {
    if (breaks) { throw std::runtime_error("move"); }
  }
};

TEST(PoolsAlone, AMoveThatThrowsLosesNothing) {
  Pool<Brittle> pool([] { return Brittle(0); });
  pool.put(Brittle(7));
  Brittle::breaks = true;
  EXPECT_THROW((void)pool.get(), std::runtime_error);
  EXPECT_THROW(pool.put(Brittle(8)), std::runtime_error);
  Brittle::breaks = false;
  EXPECT_EQ(pool.get().value, 7);
  EXPECT_EQ(pool.get().value, 0);
}

TEST_P(Pools, LargeObjectsAndFactoriesThatOnlyMove) {
  here([&] {
    using Large = std::array<char, 20'000>;
    Pool<Large> pool([mark = std::make_unique<char>('z')] {
      Large large{};
      large.back() = *mark;
      return large;
    });
    const auto large = std::make_unique<Large>(pool.get());
    EXPECT_EQ(large->back(), 'z');
    large->front() = 'a';
    pool.put(*large);
    EXPECT_EQ(pool.get().front(), 'a');
  });
}

}  // namespace
}  // namespace tenter
