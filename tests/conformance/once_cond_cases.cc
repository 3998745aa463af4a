// The edges of Cond, Once and once_value. The verdicts of norace_cond and race_cond are those of Go's own race detector for
// the tests of the same meaning (runtime/race/testdata/sync_test.go of Go 1.19).
#include <mutex>

#include "cases.h"

// ---- Cond --------------------------------------------------------------------------------------------------------------

CASE(norace_cond, "S098 S099", "nothing") {
  Mutex mutex;
  Cond changed(mutex);
  bool ready = false;
  start([&] {
    v = 1;
    const std::lock_guard guard(mutex);
    ready = true;
    changed.signal();
  });
  mutex.lock();
  changed.wait([&] { return ready; });
  v = 2;
  mutex.unlock();
  finish();
}

CASE(race_cond, "S099", "data-race object=v") {
  Mutex mutex;
  Cond changed(mutex);
  bool ready = false;
  start([&] {
    {
      const std::lock_guard guard(mutex);
      ready = true;
      changed.signal();
    }
    v = 1;
  });
  mutex.lock();
  changed.wait([&] { return ready; });
  mutex.unlock();
  v = 2;
  finish();
}

// Every signal that the waiter could have been woken by is after the write; the locks are before it.
CASE(norace_cond_signal_without_the_lock, "S099", "nothing") {
  Mutex mutex;
  Cond changed(mutex);
  Gate woken;
  start([&] {
    v = 1;
    while (!woken.is_open()) {
      changed.signal();
      yield();
    }
  });
  mutex.lock();
  changed.wait();
  woken.open();
  v = 2;
  mutex.unlock();
  finish();
}

CASE(norace_cond_broadcast_without_the_lock, "S099", "nothing") {
  Mutex mutex;
  Cond changed(mutex);
  std::array<Gate, 2> woken;
  for (Gate& gate : woken) {
    start([&] {
      mutex.lock();
      changed.wait();
      mutex.unlock();
      use(v);
      gate.open();
    });
  }
  v = 1;
  while (!woken[0].is_open() || !woken[1].is_open()) {
    changed.broadcast();
    yield();
  }
  finish();
}

CASE(race_cond_signal_without_waiter, "S096 S099", "data-race object=v") {
  Mutex mutex;
  Cond changed(mutex);
  Gate forgotten;
  Gate woken;
  start([&] {
    v = 1;
    changed.signal();
    forgotten.open();
  });
  pass(forgotten);
  start([&] {
    while (!woken.is_open()) {
      changed.signal();
      yield();
    }
  });
  mutex.lock();
  changed.wait();
  woken.open();
  v = 2;
  mutex.unlock();
  finish();
}

CASE(race_cond_write_after_signal, "S099", "data-race object=v") {
  Mutex mutex;
  Cond changed(mutex);
  Gate woken;
  start([&] {
    while (!woken.is_open()) {
      changed.signal();
      yield();
    }
    v = 1;
  });
  mutex.lock();
  changed.wait();
  mutex.unlock();
  woken.open();
  v = 2;
  finish();
}

CASE(norace_cond_on_read_lock, "S080 S099", "nothing") {
  RWMutex mutex;
  Cond changed(mutex.shared_locker());
  bool ready = false;
  start([&] {
    mutex.shared_locker().lock();
    changed.wait([&] { return ready; });
    use(v);
    mutex.shared_locker().unlock();
  });
  mutex.lock();
  v = 1;
  ready = true;
  mutex.unlock();
  changed.broadcast();
  finish();
}

// Two that were woken by one broadcast, under read locks, know nothing of each other.
CASE(race_cond_on_read_lock, "S080 S099", "data-race object=v") {
  RWMutex mutex;
  Cond changed(mutex.shared_locker());
  bool ready = false;
  for (int i = 0; i < 2; ++i) {
    start([&] {
      mutex.shared_locker().lock();
      changed.wait([&] { return ready; });
      ++v;
      mutex.shared_locker().unlock();
    });
  }
  mutex.lock();
  ready = true;
  mutex.unlock();
  changed.broadcast();
  finish();
}

CASE(norace_cond_queue, "S098 S100", "nothing") {
  Mutex mutex;
  Cond not_empty(mutex);
  std::vector<int*> queue;
  for (int i = 0; i < 3; ++i) {
    start([&] {
      for (int turn = 0; turn < 2; ++turn) {
        int* const item = new int(1);
        const std::lock_guard guard(mutex);
        queue.push_back(item);
        not_empty.signal();
      }
    });
  }
  for (int i = 0; i < 6; ++i) {
    int* item = nullptr;
    {
      const std::lock_guard guard(mutex);
      not_empty.wait([&] { return !queue.empty(); });
      item = queue.back();
      queue.pop_back();
    }
    ++*item;
    delete item;
  }
  finish();
}

// ---- Once --------------------------------------------------------------------------------------------------------------

CASE(norace_once, "S085", "nothing") {
  Once once;
  for (int i = 0; i < 3; ++i) {
    start([&] {
      once.call([] { v = 1; });
      use(v);
    });
  }
  finish();
}

CASE(norace_once_waits_for_the_end, "S086", "nothing") {
  Once once;
  Gate inside;
  start([&] {
    once.call([&] {
      inside.open();
      let_others_run();
      v = 1;
    });
  });
  pass(inside);
  once.call([] {});
  v = 2;
  finish();
}

CASE(norace_once_that_throws, "S083 S085", "nothing") {
  Once once;
  Gate thrown;
  start([&] {
    try {
      once.call([] {
        v = 1;
        throw 1;
      });
    } catch (int) { thrown.open(); }
  });
  pass(thrown);
  once.call([] {});
  v = 2;
  finish();
}

CASE(race_once_before_the_call, "S085", "data-race object=v") {
  Once once;
  Gate first;
  start([&] {
    once.call([] {});
    first.open();
  });
  pass(first);
  start([&] {
    v = 1;
    once.call([] {});  // done already: this call is nobody's predecessor
  });
  once.call([] {});
  v = 2;
  finish();
}

CASE(race_once_after_the_body, "S085", "data-race object=v") {
  Once once;
  for (int i = 0; i < 2; ++i) {
    start([&] {
      once.call([] {});
      ++v;
    });
  }
  finish();
}

CASE(race_once_two_of_them, "S085", "data-race object=v") {
  Once one;
  Once two;
  start([&] {
    one.call([] { v = 1; });
  });
  two.call([] { v = 2; });
  finish();
}

CASE(norace_once_value, "S085 S087", "nothing") {
  auto answer = once_value([] {
    v = 1;
    return std::string("forty-two");
  });
  for (int i = 0; i < 3; ++i) {
    start([&] {
      use(static_cast<int>(answer().size()));
      use(v);
    });
  }
  finish();
}

CASE(norace_once_value_copied, "S085 S087", "nothing") {
  const auto answer = once_value([] { return std::vector<int>(3, 1); });
  for (int i = 0; i < 3; ++i) {
    start([copy = answer] { use(copy()[1]); });
  }
  finish();
}

CASE(norace_once_value_that_throws, "S083 S087", "nothing") {
  auto answer = once_value([]() -> int {
    v = 1;
    throw std::string("no answer");
  });
  for (int i = 0; i < 2; ++i) {
    start([&] {
      try {
        use(answer());
      } catch (const std::string& text) {
        use(static_cast<int>(text.size()));
        use(v);
      }
    });
  }
  finish();
}

CASE(race_once_value_after_it, "S087", "data-race object=v") {
  auto answer = once_value([] { return 42; });
  for (int i = 0; i < 2; ++i) {
    start([&] { v = answer(); });
  }
  finish();
}
