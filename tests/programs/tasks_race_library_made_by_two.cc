// Two threads use the library first, and at once: one makes what the library has one of, and the other waits for it. That
// is the library's own affair, and does not order what the program does before and after.
// expect: data-race object=total
#include <sched.h>
#include <tenter/tenter.h>

#include <thread>

#include "gate.h"

Gate making, coming;
thread_local bool slow;
int total;

// The library asks this once, in the middle of its making.
extern "C" TEST_INVISIBLE int sched_getaffinity(pid_t, size_t, cpu_set_t* set) noexcept {
  if (slow) {
    making.open();
    coming.wait_until_opener_sleeps();
  }
  CPU_SET(0, set);
  return 0;
}

int main() {
  std::thread maker([] {
    slow = true;
    total = total + 1;  // <- here
    tenter::go([] {});
  });
  std::thread other([] {
    making.spin();
    coming.open();
    tenter::go([] {});
    total = total + 2;  // <- here
  });
  maker.join();
  other.join();
  return total > 0 ? 0 : 1;
}
