// Fibers that hand over at each switch, and two threads that pass a fiber on under a mutex.
// expect: nothing
// levels: one
#include "hooks/fibers.h"

#include <mutex>
#include <thread>

static Fiber main_fiber, worker;
static Fiber* resumer = &main_fiber;
static std::mutex baton;
static int value, turns;

static void work() {
  for (;;) {
    ++value;
    switch_fiber(worker, *resumer, 0);
  }
}

int main() {
  main_fiber.handle = __tsan_get_current_fiber();
  start_fiber(worker, work);
  __tsan_set_fiber_name(worker.handle, "worker");
  for (int i = 0; i < 3; ++i) {
    switch_fiber(main_fiber, worker, 0);
    value *= 2;  // ((0 + 1) * 2 + 1) * 2 ...
    ++turns;
  }
  static Fiber other_fiber;
  std::thread other([] {
    const std::lock_guard<std::mutex> lock(baton);
    other_fiber.handle = __tsan_get_current_fiber();
    resumer = &other_fiber;
    switch_fiber(other_fiber, worker, 0);
    ++turns;
  });
  other.join();
  const bool right = value == 15 && turns == 4;
  __tsan_destroy_fiber(worker.handle);
  return right ? 0 : 1;
}
