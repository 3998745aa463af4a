// The edges of tasks themselves: a spawn orders, an end does not.
#include "cases.h"

CASE(norace_task_spawn, "S059", "nothing") {
  v = 1;
  start([] { v = 2; });
  finish();
}

CASE(race_task_after_spawn, "S059", "data-race object=v") {
  start([] { v = 2; });
  v = 1;
  finish();
}

CASE(race_task_siblings, "S059", "data-race object=v") {
  for (int i = 0; i < 2; ++i) {
    start([i] { v = i; });
  }
  finish();
}

CASE(norace_task_spawn_transitive, "S059", "nothing") {
  v = 1;
  start([] {
    w = v;
    start([] {
      v = 2;
      w = 2;
    });
  });
  finish();
}

CASE(race_task_parent_and_grandchild, "S059", "data-race object=v") {
  start([] {
    start([] { v = 2; });
  });
  v = 1;
  finish();
}

// Go's own counter of tasks shows that the other one has ended, and orders nothing.
CASE(race_task_end, "S060", "data-race object=v") {
  const std::size_t before = task_count();
  go([] { v = 1; });
  while (task_count() > before) { yield(); }
  v = 2;
  finish();
}

CASE(race_task_yield, "S060", "data-race object=v") {
  Gate written;
  start([&] {
    v = 1;
    yield();
    written.open();
  });
  pass(written);
  yield();
  v = 2;
  finish();
}

CASE(race_task_sleep, "S060", "data-race object=v") {
  start([] {
    v = 1;
    sleep_for(std::chrono::microseconds(10));
  });
  sleep_for(std::chrono::milliseconds(1));
  v = 2;
  finish();
}

CASE(norace_task_arguments_are_copied, "S061", "nothing") {
  auto done = make_chan<int>();
  std::string text(100, 'a');
  go(
      [done](std::string mine, int number) {
        mine += 'b';
        use(number + static_cast<int>(mine.size()));
        done.send(1);
      },
      text, v);
  text += 'c';
  v = 1;
  done.recv();
  finish();
}

CASE(race_task_argument_by_reference, "S061", "data-race object=v") {
  auto done = make_chan<int>();
  go(
      [done](int& number) {
        number = 2;
        done.send(1);
      },
      std::ref(v));
  v = 1;
  done.recv();
  finish();
}

CASE(norace_task_blocking, "S059", "nothing") {
  v = 1;
  const int seen = blocking([] { return ++v; });
  use(seen);
  v = 3;
  finish();
}

CASE(norace_task_stack_reused, "S060", "nothing") {
  for (int i = 0; i < 6; ++i) {
    WaitGroup done;
    done.go([] {
      int local[64];
      for (int& each : local) {
        each = 1;
        asm volatile("" : : "r"(&each) : "memory");
      }
    });
    done.wait();
  }
  finish();
}

CASE(norace_task_stacks_of_unjoined_tasks, "S060", "nothing") {
  for (int round = 0; round < 3; ++round) {
    const std::size_t before = task_count();
    for (int i = 0; i < 3; ++i) {
      go([] {
        int local[64];
        for (int& each : local) {
          each = 1;
          asm volatile("" : : "r"(&each) : "memory");
        }
      });
    }
    while (task_count() > before) { yield(); }
  }
  finish();
}

CASE(norace_task_thread_joins_task, "S059", "nothing") {
  auto done = make_chan<int>();
  std::thread outside([&] {
    v = 1;
    go([&] {
      ++v;
      done.send(1);
    });
  });
  done.recv();
  ++v;
  outside.join();
  finish();
}
