// Switches that say that they hand nothing over: what the fibers do on one thread is unordered then.
// expect: data-race object=value
// levels: one
#include "hooks/fibers.h"

static Fiber main_fiber, worker;
static int value;

static void work() {
  value = 1;  // <- here
  switch_fiber(worker, main_fiber, __tsan_switch_to_fiber_no_sync);
}

int main() {
  main_fiber.handle = __tsan_get_current_fiber();
  start_fiber(worker, work);
  switch_fiber(main_fiber, worker, __tsan_switch_to_fiber_no_sync);
  value = 2;  // <- here
  __tsan_destroy_fiber(worker.handle);
  return value - 2;
}
