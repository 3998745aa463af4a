// Two threads use the library first, and at once, as in tasks_race_library_made_by_two; what both change has a lock.
// expect: nothing
#include <sched.h>
#include <tenter/tenter.h>

#include <mutex>
#include <thread>

#include "gate.h"

Gate making, coming;
thread_local bool slow;
int total;
std::mutex total_mutex;

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
    {
      const std::lock_guard guard(total_mutex);
      total = total + 1;
    }
    tenter::go([] {});
  });
  std::thread other([] {
    making.spin();
    coming.open();
    tenter::go([] {});
    const std::lock_guard guard(total_mutex);
    total = total + 2;
  });
  maker.join();
  other.join();
  return total > 0 ? 0 : 1;
}
