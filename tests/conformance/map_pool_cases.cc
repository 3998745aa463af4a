// The edges of SyncMap and Pool: what stored a value, or put an object, comes before who gets that one, and before nobody
// else. The verdicts of the first two cases of the pool are those of Go's own race detector for the tests of the same
// meaning (runtime/race/testdata/pool_test.go of Go 1.19).
#include <memory>

#include "cases.h"

// ---- Pool --------------------------------------------------------------------------------------------------------------

CASE(norace_pool, "S107", "nothing") {
  Pool<int*> pool([]() -> int* { return nullptr; });
  start([&] {
    v = 1;
    pool.put(new int(1));
  });
  int* number = nullptr;
  while (number == nullptr) {
    yield();
    number = pool.get();
  }
  ++*number;
  v = 2;
  delete number;
  finish();
}

CASE(race_pool, "S107", "data-race object=v") {
  Pool<int*> pool([]() -> int* { return nullptr; });
  start([&] {
    pool.put(new int(1));
    v = 1;
  });
  int* number = nullptr;
  while (number == nullptr) {
    yield();
    number = pool.get();
  }
  v = 2;
  delete number;
  finish();
}

CASE(race_pool_other_object, "S107", "data-race object=v|w") {
  Pool<int> pool([] { return 0; });
  start([&] {
    v = 1;
    pool.put(1);
  });
  start([&] {
    w = 1;
    pool.put(2);
  });
  int number = 0;
  while (number == 0) {
    yield();
    number = pool.get();
  }
  if (number == 1) {
    w = 2;
  } else {
    v = 2;
  }
  finish();
}

CASE(race_pool_get_orders_nothing, "S107", "data-race object=v") {
  Pool<int> pool([] { return 0; });
  pool.put(1);
  Gate taken;
  start([&] {
    v = 1;
    pool.get();
    taken.open();
  });
  pass(taken);
  pool.get();  // a new one
  v = 2;
  finish();
}

CASE(race_pool_object_kept, "S107", "data-race object=v") {
  Pool<int*> pool([]() -> int* { return nullptr; });
  start([&] {
    pool.put(&v);
    v = 1;
  });
  int* number = nullptr;
  while (number == nullptr) {
    yield();
    number = pool.get();
  }
  *number = 2;
  finish();
}

CASE(norace_pool_of_strings, "S107", "nothing") {
  Pool<std::string> pool([] { return std::string(100, '-'); });
  for (int i = 0; i < 4; ++i) {
    start([&] {
      for (int turn = 0; turn < 4; ++turn) {
        std::string text = pool.get();
        text[static_cast<std::size_t>(turn)] = '+';
        yield();
        pool.put(std::move(text));
      }
    });
  }
  finish();
}

CASE(norace_pool_with_room_for_one, "S107", "nothing") {
  Pool<std::unique_ptr<int>> pool([] { return std::make_unique<int>(0); }, 1);
  for (int i = 0; i < 3; ++i) {
    start([&] {
      for (int turn = 0; turn < 4; ++turn) {
        std::unique_ptr<int> number = pool.get();
        ++*number;
        pool.put(std::move(number));  // dropped if there is one already
      }
    });
  }
  finish();
}

// ---- SyncMap -----------------------------------------------------------------------------------------------------------

CASE(norace_map_store_load, "S106", "nothing") {
  SyncMap<int, int> map;
  start([&] {
    v = 1;
    map.store(1, 1);
  });
  while (!map.load(1)) { yield(); }
  v = 2;
  finish();
}

CASE(race_map_write_after_store, "S106", "data-race object=v") {
  SyncMap<int, int> map;
  start([&] {
    map.store(1, 1);
    v = 1;
  });
  while (!map.load(1)) { yield(); }
  v = 2;
  finish();
}

CASE(race_map_load_orders_nothing, "S106", "data-race object=v") {
  SyncMap<int, int> map;
  map.store(1, 1);
  Gate loaded;
  start([&] {
    v = 1;
    use(map.load(1).value());
    loaded.open();
  });
  pass(loaded);
  map.store(1, 2);
  v = 2;
  finish();
}

CASE(race_map_other_key, "S106", "data-race object=v") {
  SyncMap<int, int> map;
  for (int key = 0; key < 100; ++key) { map.store(key, 1); }  // some of them are neighbours of 50
  Gate stored;
  start([&] {
    v = 1;
    map.store(50, 2);
    stored.open();
  });
  pass(stored);
  for (int key = 0; key < 100; ++key) {
    if (key != 50) { use(map.load(key).value()); }
  }
  v = 2;
  finish();
}

CASE(race_map_two_stores, "S106", "data-race object=v") {
  SyncMap<int, int> map;
  Gate stored;
  start([&] {
    v = 1;
    map.store(1, 1);
    stored.open();
  });
  pass(stored);
  map.store(1, 2);
  v = 2;
  finish();
}

CASE(norace_map_swap, "S106", "nothing") {
  SyncMap<int, int> map;
  start([&] {
    v = 1;
    map.store(1, 1);
  });
  for (bool swapped = false; !swapped;) {
    yield();
    swapped = map.swap(1, 2) == 1;
  }
  v = 2;
  finish();
}

CASE(norace_map_load_or_store, "S106", "nothing") {
  SyncMap<int, std::shared_ptr<int>> map;
  for (int i = 0; i < 3; ++i) {
    start([&] {
      auto mine = std::make_shared<int>(0);
      *mine = 42;
      const auto [shared, was_there] = map.load_or_store(1, mine);
      use(*shared);
    });
  }
  finish();
}

CASE(race_map_load_or_store, "S106", "data-race object=v") {
  SyncMap<int, int> map;
  for (int i = 0; i < 2; ++i) {
    start([&] {
      map.load_or_store(1, 1);
      ++v;  // whoever finds a value follows its store, and not what came after that
    });
  }
  finish();
}

CASE(norace_map_load_and_delete, "S106", "nothing") {
  SyncMap<int, int*> map;
  start([&] { map.store(1, new int(1)); });
  for (int i = 0; i < 2; ++i) {
    start([&] {
      if (const auto number = map.load_and_delete(1)) {
        ++**number;
        delete *number;
        w = 1;
      }
    });
  }
  finish();
  if (const auto number = map.load_and_delete(1)) { delete *number; }
}

CASE(norace_map_erase_seen, "S106", "nothing") {
  SyncMap<int, int> map;
  map.store(1, 1);
  start([&] {
    v = 1;
    map.erase(1);
  });
  while (map.load(1)) { yield(); }
  v = 2;
  finish();
}

CASE(norace_map_compare_and_swap, "S106", "nothing") {
  SyncMap<int, int> map;
  map.store(1, 0);
  for (int i = 0; i < 3; ++i) {
    start([&] {
      while (!map.compare_and_swap(1, 0, 1)) { yield(); }
      ++v;
      map.store(1, 0);
    });
  }
  finish();
}

CASE(norace_map_range, "S106", "nothing") {
  SyncMap<int, int*> map;
  std::array<int, 3> data{};
  for (int i = 0; i < 3; ++i) {
    start([&, i] {
      int& mine = data[static_cast<std::size_t>(i)];
      mine = 1;
      map.store(i, &mine);
    });
  }
  for (int seen = 0; seen < 3;) {
    yield();
    seen = 0;
    map.range([&](int, int* each) {
      use(*each);
      ++seen;
    });
  }
  for (int& each : data) { ++each; }
  finish();
}

CASE(norace_map_destroyed_with_its_values, "S106", "nothing") {
  {
    SyncMap<int, std::shared_ptr<int>> map;
    WaitGroup stored;
    for (int i = 0; i < 3; ++i) {
      stored.add(1);
      start([&, i] {
        map.store(i % 2, std::make_shared<int>(i));
        stored.done();
      });
    }
    stored.wait();
  }
  finish();
}
