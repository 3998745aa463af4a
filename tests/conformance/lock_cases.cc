// The edges of Mutex, RWMutex and Semaphore. The verdicts of the first cases of each are those of Go's own race detector for
// the tests of the same meaning (mutex_test.go and rwmutex_test.go in runtime/race/testdata of Go 1.19).
#include <mutex>
#include <shared_mutex>

#include "cases.h"

// ---- Mutex -------------------------------------------------------------------------------------------------------------

CASE(norace_mutex, "S071", "nothing") {
  Mutex mutex;
  const auto increment = [&] {
    mutex.lock();
    ++v;
    mutex.unlock();
  };
  start(increment);
  increment();
  finish();
}

CASE(race_mutex_released_too_early, "S071", "data-race object=v") {
  Mutex mutex;
  const auto increment = [&] {
    mutex.lock();
    mutex.unlock();
    ++v;
  };
  Gate done;
  start([&] {
    increment();
    done.open();
  });
  increment();
  pass(done);
  finish();
}

CASE(race_mutex_on_one_side, "S071", "data-race object=v") {
  Mutex mutex;
  start([&] {
    mutex.lock();
    v = 1;
    mutex.unlock();
  });
  v = 2;
  finish();
}

CASE(race_mutex_two_mutexes, "S071", "data-race object=v") {
  Mutex first;
  Mutex second;
  start([&] {
    const std::lock_guard guard(first);
    v = 1;
  });
  {
    const std::lock_guard guard(second);
    v = 2;
  }
  finish();
}

CASE(norace_mutex_pure_happens_before, "S081", "nothing") {
  Mutex mutex;
  bool written = false;
  start([&] {
    v = 1;
    const std::lock_guard guard(mutex);
    written = true;
  });
  for (bool seen = false; !seen;) {
    yield();
    const std::lock_guard guard(mutex);
    seen = written;
  }
  v = 2;
  finish();
}

CASE(norace_mutex_semaphore, "S069 S081", "unlock-by-other-task") {
  Mutex mutex;
  mutex.lock();
  start([&] {
    v = 1;
    mutex.unlock();
  });
  mutex.lock();
  v = 2;
  mutex.unlock();
  finish();
}

CASE(norace_mutex_two_batons, "S069 S081", "unlock-by-other-task") {
  Mutex there;
  Mutex back;
  there.lock();
  back.lock();
  start([&] {
    v = 1;
    there.unlock();
    back.lock();
    w = 2;
    back.unlock();
  });
  w = 1;
  back.unlock();
  there.lock();
  v = 2;
  there.unlock();
  finish();
}

CASE(norace_mutex_try_lock, "S072", "nothing") {
  Mutex mutex;
  const auto increment = [&] {
    while (!mutex.try_lock()) { yield(); }
    ++v;
    mutex.unlock();
  };
  start(increment);
  start(increment);
  finish();
}

CASE(race_mutex_failed_try_lock, "S072", "data-race object=v") {
  Mutex mutex;
  Gate locked;
  Gate tried;
  start([&] {
    v = 1;
    mutex.lock();
    locked.open();
    pass(tried);
    mutex.unlock();
  });
  pass(locked);
  if (!mutex.try_lock()) { v = 2; }
  tried.open();
  finish();
}

CASE(norace_mutex_contended, "S071", "nothing") {
  Mutex mutex;
  for (int i = 0; i < 4; ++i) {
    start([&] {
      for (int turn = 0; turn < 5; ++turn) {
        const std::lock_guard guard(mutex);
        ++v;
        yield();
      }
    });
  }
  finish();
}

CASE(norace_mutex_destroyed_after_lock, "S071", "nothing") {
  auto* const mutex = new Mutex;
  mutex->lock();
  bool done = false;
  start([&, mutex] {
    mutex->lock();
    done = true;
    mutex->unlock();
  });
  mutex->unlock();
  for (bool seen = false; !seen;) {
    yield();
    mutex->lock();
    seen = done;
    mutex->unlock();
  }
  delete mutex;
  finish();
}

// ---- RWMutex -----------------------------------------------------------------------------------------------------------

CASE(norace_rwmutex, "S078", "nothing") {
  RWMutex mutex;
  start([&] {
    mutex.lock();
    v = 1;
    mutex.unlock();
  });
  mutex.lock_shared();
  use(v);
  mutex.unlock_shared();
  finish();
}

CASE(race_rwmutex_write_under_read_lock, "S078", "data-race object=v") {
  RWMutex mutex;
  const auto increment = [&] {
    const std::shared_lock guard(mutex);
    ++v;
  };
  start(increment);
  increment();
  finish();
}

// Both inside at the same time, so that not even the order of their locks is the same twice.
CASE(race_rwmutex_multiple_readers, "S078", "data-race object=v") {
  RWMutex mutex;
  std::array<Gate, 2> inside;
  {
    const std::lock_guard guard(mutex);
    v = 2;
  }
  for (std::size_t i = 0; i < 2; ++i) {
    start([&, i] {
      mutex.lock_shared();
      inside[i].open();
      pass(inside[1 - i]);
      ++v;
      mutex.unlock_shared();
    });
  }
  finish();
}

CASE(norace_rwmutex_multiple_readers, "S078", "nothing") {
  RWMutex mutex;
  start([&] {
    const std::lock_guard guard(mutex);
    v = 2;
  });
  for (int i = 0; i < 3; ++i) {
    start([&] {
      const std::shared_lock guard(mutex);
      use(v);
    });
  }
  finish();
}

CASE(norace_rwmutex_reader_before_writer, "S078", "nothing") {
  RWMutex mutex;
  bool read = false;
  Mutex of_read;
  mutex.lock_shared();
  start([&] {
    mutex.lock();
    v = 2;
    mutex.unlock();
    const std::lock_guard guard(of_read);
    read = true;
  });
  use(v);
  mutex.unlock_shared();
  finish();
  use(read);
}

CASE(race_rwmutex_read_after_unlock_shared, "S078", "data-race object=v") {
  RWMutex mutex;
  mutex.lock_shared();
  start([&] {
    mutex.lock();
    v = 2;
    mutex.unlock();
  });
  mutex.unlock_shared();
  use(v);
  finish();
}

CASE(norace_rwmutex_transitive, "S079", "nothing") {
  RWMutex mutex;
  const auto pass_through = [&] {
    mutex.lock_shared();
    mutex.unlock_shared();
    mutex.lock();
    mutex.unlock();
  };
  auto told = make_chan<int>(1);
  start([&] {
    v = 1;
    mutex.lock_shared();
    w = 1;
    mutex.unlock_shared();
    told.send(1);
  });
  told.recv();
  pass_through();
  v = 2;
  w = 2;
  finish();
}

CASE(norace_rwmutex_transitive_through_a_writer, "S079", "nothing") {
  RWMutex mutex;
  int stage = 0;
  start([&] {  // a reader that leaves its mark before it reads
    v = 1;
    mutex.lock_shared();
    use(stage);
    mutex.unlock_shared();
    const std::lock_guard guard(mutex);
    stage = 1;
  });
  start([&] {
    for (bool turned = false; !turned;) {
      yield();
      const std::lock_guard guard(mutex);
      if (stage == 1) {
        stage = 2;
        turned = true;
      }
    }
  });
  for (bool seen = false; !seen;) {
    yield();
    const std::shared_lock guard(mutex);
    seen = stage == 2;
  }
  v = 2;
  finish();
}

CASE(race_rwmutex_readers_order_no_readers, "S078", "data-race object=v") {
  RWMutex mutex;
  Gate first;
  start([&] {
    v = 1;
    mutex.lock_shared();
    mutex.unlock_shared();
    first.open();
  });
  pass(first);
  mutex.lock_shared();
  mutex.unlock_shared();
  v = 2;
  finish();
}

CASE(norace_rwmutex_shared_locker, "S080", "nothing") {
  RWMutex mutex;
  start([&] {
    const std::lock_guard guard(mutex);
    v = 1;
  });
  {
    const std::lock_guard guard(mutex.shared_locker());
    use(v);
  }
  finish();
}

CASE(race_rwmutex_shared_locker, "S080", "data-race object=v") {
  RWMutex mutex;
  const auto increment = [&] {
    const std::lock_guard guard(mutex.shared_locker());
    ++v;
  };
  start(increment);
  increment();
  finish();
}

CASE(misuse_rwmutex_recursive_read, "S077", "double-lock certainty=predicted") {
  RWMutex mutex;
  Gate read;
  start([&] {
    const std::shared_lock outer(mutex);
    const std::shared_lock inner(mutex);  // the writer could have come in between
    use(v);
    read.open();
  });
  pass(read);
  {
    const std::lock_guard guard(mutex);
    v = 1;
  }
  finish();
}

CASE(norace_rwmutex_recursive_read_before_the_writer, "S077", "nothing") {
  RWMutex mutex;
  auto read = make_chan<int>();
  start([&] {
    {
      const std::shared_lock outer(mutex);
      const std::shared_lock inner(mutex);
      use(v);
    }
    read.send(1);
  });
  read.recv();
  {
    const std::lock_guard guard(mutex);
    v = 1;
  }
  finish();
}

CASE(norace_rwmutex_read_after_read, "S077", "nothing") {
  RWMutex mutex;
  start([&] {
    const std::lock_guard guard(mutex);
    v = 1;
  });
  for (int i = 0; i < 2; ++i) {
    const std::shared_lock guard(mutex);
    use(v);
  }
  finish();
}

CASE(race_rwmutex_failed_try_lock, "S072 S075", "data-race object=v") {
  RWMutex mutex;
  Gate locked;
  Gate tried;
  start([&] {
    v = 1;
    mutex.lock_shared();
    locked.open();
    pass(tried);
    mutex.unlock_shared();
  });
  pass(locked);
  if (!mutex.try_lock()) { v = 2; }
  tried.open();
  finish();
}

CASE(norace_rwmutex_try_locks, "S072 S078", "nothing") {
  RWMutex mutex;
  for (int i = 0; i < 2; ++i) {
    start([&] {
      while (!mutex.try_lock()) { yield(); }
      ++v;
      mutex.unlock();
      while (!mutex.try_lock_shared()) { yield(); }
      use(v);
      mutex.unlock_shared();
    });
  }
  finish();
}

CASE(norace_rwmutex_handed_over, "S074 S076 S078", "nothing") {
  RWMutex mutex;
  for (int i = 0; i < 3; ++i) {
    start([&] {
      for (int turn = 0; turn < 3; ++turn) {
        mutex.lock();
        ++v;
        yield();
        mutex.unlock();
      }
    });
    start([&] {
      for (int turn = 0; turn < 3; ++turn) {
        mutex.lock_shared();
        use(v);
        yield();
        mutex.unlock_shared();
      }
    });
  }
  finish();
}

// ---- Semaphore ---------------------------------------------------------------------------------------------------------

CASE(norace_semaphore_hands_over, "S071 S081", "nothing") {
  Semaphore done(0);
  start([&] {
    v = 1;
    done.release();
  });
  done.acquire();
  v = 2;
  finish();
}

CASE(norace_semaphore_as_mutex, "S071 S081", "nothing") {
  Semaphore one(1);
  for (int i = 0; i < 3; ++i) {
    start([&] {
      one.acquire();
      ++v;
      one.release();
    });
  }
  finish();
}

CASE(norace_semaphore_try_acquire, "S072", "nothing") {
  Semaphore done(0);
  start([&] {
    v = 1;
    done.release();
  });
  while (!done.try_acquire()) { yield(); }
  v = 2;
  finish();
}

CASE(race_semaphore_failed_try_acquire, "S072", "data-race object=v") {
  Semaphore one(1);
  Gate taken;
  start([&] {
    v = 1;
    one.acquire();
    taken.open();
  });
  pass(taken);
  if (!one.try_acquire()) { v = 2; }
  finish();
}

CASE(race_semaphore_of_two, "S016", "data-race object=v") {
  Semaphore two(2);
  std::array<Gate, 2> inside;
  for (std::size_t i = 0; i < 2; ++i) {
    start([&, i] {
      two.acquire();
      inside[i].open();
      pass(inside[1 - i]);
      ++v;
      two.release();
    });
  }
  finish();
}

CASE(race_semaphore_acquires_order_nothing, "S071", "data-race object=v") {
  Semaphore two(2);
  start([&] {
    v = 1;
    two.acquire();
  });
  two.acquire();
  v = 2;
  finish();
}

CASE(norace_semaphore_many_at_once, "S017", "nothing") {
  Semaphore done(0);
  std::array<int, 4> data{};
  for (int& each : data) {
    start([&done, &each] {
      each = 1;
      done.release();
    });
  }
  done.acquire(static_cast<std::ptrdiff_t>(data.size()));
  for (const int each : data) { use(each); }
  finish();
}

CASE(race_semaphore_write_after_release, "S071", "data-race object=v") {
  Semaphore done(0);
  start([&] {
    done.release();
    v = 1;
  });
  done.acquire();
  v = 2;
  finish();
}
