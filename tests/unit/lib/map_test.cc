// The map for many tasks.
#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "everywhere.h"

namespace tenter {
namespace {

class Maps : public Everywhere {};
INSTANTIATE_TEST_SUITE_P(Places, Maps, all_places(), place_name);

std::map<int, int> all_of(const SyncMap<int, int>& map) {
  std::map<int, int> all;
  map.range([&](int key, int value) { EXPECT_TRUE(all.emplace(key, value).second) << key << " was seen twice"; });
  return all;
}

TEST_P(Maps, StoreLoadErase) {
  here([&] {
    SyncMap<std::string, std::string> map;
    EXPECT_EQ(map.load("anna"), std::nullopt);
    EXPECT_FALSE(map.erase("anna"));
    map.store("anna", "one");
    map.store("bob", "two");
    EXPECT_EQ(map.load("anna"), "one");
    map.store("anna", "three");
    EXPECT_EQ(map.load("anna"), "three");
    EXPECT_EQ(map.load("bob"), "two");
    EXPECT_TRUE(map.erase("anna"));
    EXPECT_EQ(map.load("anna"), std::nullopt);
    EXPECT_EQ(map.load_and_delete("bob"), "two");
    EXPECT_EQ(map.load_and_delete("bob"), std::nullopt);
  });
}

TEST_P(Maps, LoadOrStoreAndSwap) {
  here([&] {
    SyncMap<int, std::string> map;
    EXPECT_EQ(map.load_or_store(1, "one"), std::pair(std::string("one"), false));
    EXPECT_EQ(map.load_or_store(1, "other"), std::pair(std::string("one"), true));
    EXPECT_EQ(map.swap(1, "uno"), "one");
    EXPECT_EQ(map.swap(2, "dos"), std::nullopt);
    EXPECT_EQ(map.load(2), "dos");
  });
}

TEST_P(Maps, CompareAndSwapAndDelete) {
  here([&] {
    SyncMap<int, int> map;
    EXPECT_FALSE(map.compare_and_swap(1, 0, 5));
    EXPECT_FALSE(map.compare_and_delete(1, 0));
    map.store(1, 5);
    EXPECT_FALSE(map.compare_and_swap(1, 4, 6));
    EXPECT_TRUE(map.compare_and_swap(1, 5, 6));
    EXPECT_EQ(map.load(1), 6);
    EXPECT_FALSE(map.compare_and_delete(1, 5));
    EXPECT_TRUE(map.compare_and_delete(1, 6));
    EXPECT_EQ(map.load(1), std::nullopt);
  });
}

TEST_P(Maps, ManyKeys) {
  here([&] {
    SyncMap<int, int> map;
    for (int i = 0; i < 20'000; ++i) { map.store(i, i * 2); }
    for (int i = 0; i < 20'000; i += 3) { EXPECT_TRUE(map.erase(i)); }
    for (int i = 0; i < 20'000; ++i) { EXPECT_EQ(map.load(i), i % 3 == 0 ? std::nullopt : std::optional(i * 2)); }
    EXPECT_EQ(all_of(map).size(), 20'000u - 6667u);
    map.clear();
    EXPECT_TRUE(all_of(map).empty());
    map.store(1, 1);
    EXPECT_EQ(map.load(1), 1);
  });
}

// All keys meet in one bucket.
TEST_P(Maps, KeysThatHashAlike) {
  here([&] {
    struct Alike {
      std::size_t operator()(const std::string&) const { return 7; }
    };
    SyncMap<std::string, int, Alike> map;
    for (int i = 0; i < 100; ++i) { map.store(std::to_string(i), i); }
    for (int i = 0; i < 100; i += 2) { EXPECT_TRUE(map.erase(std::to_string(i))); }
    for (int i = 0; i < 100; ++i) {
      EXPECT_EQ(map.load(std::to_string(i)), i % 2 == 0 ? std::nullopt : std::optional(i));
    }
  });
}

TEST_P(Maps, OwnEquality) {
  here([&] {
    struct SameRemainder {
      int of = 1;
      bool operator()(int a, int b) const { return a % of == b % of; }
    };
    struct RemainderHash {
      int of = 1;
      std::size_t operator()(int a) const { return static_cast<std::size_t>(a % of); }
    };
    SyncMap<int, int, RemainderHash, SameRemainder> map(RemainderHash{10}, SameRemainder{10});
    map.store(3, 1);
    EXPECT_EQ(map.load(13), 1);
    EXPECT_EQ(map.load(4), std::nullopt);
  });
}

// ---- range (S106) --------------------------------------------------------------------------------------------------

TEST_P(Maps, S106RangeSeesEachKeyAtMostOnce) {
  here([&] {
    SyncMap<int, int> map;
    for (int i = 0; i < 500; ++i) { map.store(i, 0); }
    std::atomic<bool> stop{false};
    for (int w = 0; w < 3; ++w) {
      spawn([&, w] {
        for (int k = w; !stop; k = (k + 7) % 600) {
          if (k % 100 == 99) {  // one in a hundred comes and goes, the others only change
            (void)map.erase(k);
            map.store(k, w);
          } else if (k < 500) {
            map.store(k, w);
          } else {
            (void)map.erase(k);
          }
          if (k % 10 == 0) { yield(); }
        }
      });
    }
    for (int i = 0; i < 30; ++i) {
      const auto all = all_of(map);
      for (int k = 0; k < 500; ++k) {
        if (k % 100 != 99) { EXPECT_EQ(all.count(k), 1u) << k; }
      }
      yield();
    }
    stop = true;
    join();
  });
}

TEST_P(Maps, RangeStopsWhenToldTo) {
  here([&] {
    SyncMap<int, int> map;
    for (int i = 0; i < 100; ++i) { map.store(i, i); }
    int seen = 0;
    map.range([&](int, int) { return ++seen < 10; });
    EXPECT_EQ(seen, 10);
    EXPECT_THROW(map.range([](int, int) { throw std::runtime_error("enough"); }), std::runtime_error);
    EXPECT_EQ(all_of(map).size(), 100u);
  });
}

TEST_P(Maps, TheVisitorMayUseTheMap) {
  here([&] {
    SyncMap<int, std::string> map;
    for (int i = 0; i < 100; ++i) { map.store(i, "old"); }
    std::set<int> seen;
    map.range([&](const int& key, const std::string& value) {
      EXPECT_TRUE(seen.insert(key).second);
      EXPECT_TRUE(map.erase(key));
      EXPECT_EQ(value, key < 1000 ? "old" : "new");  // holds during the call
      if (key < 1000) { map.store(key + 1000, "new"); }
      for (int other = 0; other < 100; ++other) {
        if (other != key) { (void)map.erase(other); }
      }
      return true;
    });
    EXPECT_EQ(std::count_if(seen.begin(), seen.end(), [](int key) { return key < 1000; }), 1);
  });
}

// ---- many tasks ----------------------------------------------------------------------------------------------------

TEST_P(Maps, OneWinsEachKey) {
  here([&] {
    SyncMap<int, int> map;
    std::atomic<int> won{0};
    for (int w = 0; w < 4; ++w) {
      spawn([&, w] {
        for (int k = 0; k < 500; ++k) {
          const auto [value, loaded] = map.load_or_store(k, w);
          won += loaded ? 0 : 1;
          EXPECT_EQ(map.load(k), value);
        }
      });
    }
    join();
    EXPECT_EQ(won, 500);
  });
}

TEST_P(Maps, CompareAndSwapCounts) {
  here([&] {
    SyncMap<std::string, int> map;
    map.store("hits", 0);
    for (int w = 0; w < 4; ++w) {
      spawn([&] {
        for (int i = 0; i < 250;) {
          const int now = *map.load("hits");
          if (map.compare_and_swap("hits", now, now + 1)) { ++i; }
        }
      });
    }
    join();
    EXPECT_EQ(map.load("hits"), 1000);
  });
}

TEST_P(Maps, EachValueIsTakenOnce) {
  here([&] {
    SyncMap<int, std::shared_ptr<int>> map;
    std::atomic<int> taken{0};
    for (int k = 0; k < 400; ++k) { map.store(k, std::make_shared<int>(k)); }
    for (int w = 0; w < 4; ++w) {
      spawn([&] {
        for (int k = 0; k < 400; ++k) {
          if (const auto value = map.load_and_delete(k)) {
            EXPECT_EQ(**value, k);
            ++taken;
          }
        }
      });
    }
    join();
    EXPECT_EQ(taken, 400);
  });
}

// ---- values --------------------------------------------------------------------------------------------------------

struct Counted {
  static inline std::atomic<int> alive{0};
  int value = 0;
  explicit Counted(int v) : value(v) { ++alive; }
  Counted(const Counted& other) : value(other.value) { ++alive; }
  Counted& operator=(const Counted&) = default;
  ~Counted() { --alive; }
};

TEST_P(Maps, EachValueIsDestroyedOnce) {
  here([&] {
    {
      SyncMap<int, Counted> map;
      for (int w = 0; w < 4; ++w) {
        spawn([&, w] {
          for (int i = 0; i < 300; ++i) {
            map.store(i % 10, Counted(w));
            (void)map.load((i + 5) % 10);
            if (i % 7 == 0) { (void)map.load_and_delete(i % 10); }
            if (i % 50 == 0) {
              map.range([](int, const Counted& value) { EXPECT_LT(value.value, 4); });
            }
          }
        });
      }
      join();
      EXPECT_GE(Counted::alive, 0);
    }
    EXPECT_EQ(Counted::alive, 0);
  });
}

TEST_P(Maps, LargeValues) {
  here([&] {
    using Large = std::array<char, 4'000>;
    SyncMap<int, Large> map;
    const auto large = std::make_unique<Large>();
    large->back() = 'z';
    map.store(1, *large);
    EXPECT_EQ(map.load(1)->back(), 'z');
  });
}

struct Fragile {
  static inline bool breaks = false;
  int value = 0;
  explicit Fragile(int v) : value(v) {}
  Fragile(const Fragile& other) : value(other.value) {
    if (breaks) { throw std::runtime_error("copy"); }
  }
  bool operator==(const Fragile& other) const {
    if (breaks) { throw std::runtime_error("comparison"); }
    return value == other.value;
  }
};
struct FragileHash {
  std::size_t operator()(const Fragile&) const { return 0; }
};

TEST(MapsAlone, WhatThrowsChangesNothing) {
  SyncMap<int, Fragile> values;
  values.store(1, Fragile(5));
  Fragile::breaks = true;
  EXPECT_THROW((void)values.load(1), std::runtime_error);
  EXPECT_THROW(values.store(1, Fragile(6)), std::runtime_error);
  EXPECT_THROW(values.store(2, Fragile(6)), std::runtime_error);
  EXPECT_THROW((void)values.compare_and_swap(1, Fragile(5), Fragile(6)), std::runtime_error);
  Fragile::breaks = false;
  EXPECT_EQ(values.load(1)->value, 5);
  EXPECT_FALSE(values.load(2));

  SyncMap<Fragile, int, FragileHash> keys;
  keys.store(Fragile(1), 1);
  Fragile::breaks = true;
  EXPECT_THROW((void)keys.load(Fragile(1)), std::runtime_error);
  EXPECT_THROW((void)keys.erase(Fragile(1)), std::runtime_error);
  EXPECT_THROW(keys.store(Fragile(2), 2), std::runtime_error);
  Fragile::breaks = false;
  EXPECT_EQ(keys.load(Fragile(1)), 1);  // no lock is left held
  EXPECT_FALSE(keys.load(Fragile(2)));
}

}  // namespace
}  // namespace tenter
