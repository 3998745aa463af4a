// The edges of std::atomic between tasks: a release store, or a later link of its chain, comes before an acquire that reads
// it. The verdicts are those of Go's own race detector for the tests of the same meaning (runtime/race/testdata/atomic_test.go
// of Go 1.19), whose atomics are sequentially consistent, as C++'s are by default. A plain access beside an atomic one is
// a race.
#include <atomic>

#include "cases.h"

// Two views of one word, as &x and atomic.StoreInt32(&x) are in Go.
static void store_atomically(int& word, int value) { __atomic_store_n(&word, value, __ATOMIC_SEQ_CST); }
static int load_atomically(int& word) { return __atomic_load_n(&word, __ATOMIC_SEQ_CST); }
static void add_atomically(int& word, int value) { __atomic_fetch_add(&word, value, __ATOMIC_SEQ_CST); }

CASE(norace_atomic_add, "S102", "nothing") {
  std::atomic<int> sum{0};
  start([&] { sum += 1; });
  sum += 2;
  finish();
}

CASE(norace_atomic_last_of_two, "S102", "nothing") {
  std::atomic<int> arrived{0};
  const auto arrive = [&](int& mine, int& other) {
    mine = 1;
    if (arrived.fetch_add(1) == 1) { other = 2; }
  };
  start([&] { arrive(v, w); });
  arrive(w, v);
  finish();
}

CASE(race_atomic_first_of_two, "S102", "data-race object=v|w") {
  std::atomic<int> arrived{0};
  const auto arrive = [&](int& mine, int& other) {
    mine = 1;
    if (arrived.fetch_add(1) == 0) { other = 2; }
  };
  start([&] { arrive(v, w); });
  arrive(w, v);
  finish();
}

CASE(norace_atomic_store_load, "S102", "nothing") {
  std::atomic<bool> written{false};
  start([&] {
    v = 1;
    written = true;
  });
  while (!written) { yield(); }
  v = 2;
  finish();
}

CASE(norace_atomic_add_load, "S102", "nothing") {
  std::atomic<int> written{0};
  start([&] {
    v = 1;
    ++written;
  });
  while (written == 0) { yield(); }
  v = 2;
  finish();
}

CASE(norace_atomic_store_exchange, "S102 S104", "nothing") {
  std::atomic<int> state{0};
  start([&] {
    v = 1;
    state = 1;
  });
  int expected = 1;
  while (!state.compare_exchange_strong(expected, 2)) {
    expected = 1;
    yield();
  }
  v = 2;
  finish();
}

CASE(norace_atomic_exchange_load, "S102 S104", "nothing") {
  std::atomic<int> state{0};
  start([&] {
    v = 1;
    int expected = 0;
    state.compare_exchange_strong(expected, 1);
  });
  while (state != 1) { yield(); }
  v = 2;
  finish();
}

CASE(norace_atomic_exchange_exchange, "S104", "nothing") {
  std::atomic<int> state{0};
  const auto increment = [&] {
    int expected = 0;
    while (!state.compare_exchange_weak(expected, 1)) {
      expected = 0;
      yield();
    }
    ++v;
    state = 0;
  };
  start(increment);
  start(increment);
  finish();
}

CASE(norace_atomic_failed_exchange, "S104", "nothing") {
  std::atomic<int> state{0};
  start([&] {
    v = 1;
    state = 1;
  });
  int expected = 5;
  while (!state.compare_exchange_strong(expected, 9) && expected != 1) {
    expected = 5;
    yield();
  }
  v = 2;
  finish();
}

CASE(race_atomic_failed_exchange_writes_nothing, "S104", "data-race object=v") {
  std::atomic<int> state{0};
  Gate tried;
  start([&] {
    v = 1;
    int expected = 5;
    state.compare_exchange_strong(expected, 9);
    tried.open();
  });
  pass(tried);
  use(state);
  v = 2;
  finish();
}

CASE(norace_atomic_pointer, "S102", "nothing") {
  std::atomic<int*> published{nullptr};
  start([&] { published = new int(42); });
  int* number = nullptr;
  while (number == nullptr) {
    yield();
    number = published;
  }
  ++*number;
  delete number;
  finish();
}

CASE(race_atomic_relaxed, "S102", "data-race object=v") {
  std::atomic<bool> written{false};
  start([&] {
    v = 1;
    written.store(true, std::memory_order_relaxed);
  });
  while (!written.load(std::memory_order_relaxed)) { yield(); }
  v = 2;
  finish();
}

CASE(race_atomic_store_beside_load, "S103", "data-race object=v") {
  start([] { store_atomically(v, 1); });
  use(v);
  finish();
}

CASE(race_atomic_load_beside_store, "S103", "data-race object=v") {
  start([] { use(load_atomically(v)); });
  v = 1;
  finish();
}

CASE(race_atomic_add_beside_load, "S103", "data-race object=v") {
  start([] { add_atomically(v, 1); });
  use(v);
  finish();
}

CASE(race_atomic_add_beside_store, "S103", "data-race object=v") {
  start([] { add_atomically(v, 1); });
  v = 2;
  finish();
}

CASE(norace_atomic_on_both_sides, "S103", "nothing") {
  start([] { add_atomically(v, 1); });
  store_atomically(v, 2);
  use(load_atomically(v));
  finish();
}
