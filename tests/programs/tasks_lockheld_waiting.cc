// A task waits for a value while it holds a lock, another wants the lock all the while, and the value takes its time.
// expect: lock-held-while-waiting severity=note object=table
// check: --held-limit 0.05
#include <mutex>

#include "tasks.h"

tenter::Mutex table;

int main() {
  tenter::set_max_workers(1);
  return tenter::run([] {
    auto value = tenter::make_chan<int>();
    tenter::WaitGroup group;
    group.go([&] {
      const std::lock_guard lock(table);
      value.recv();  // <- here
    });
    let_others_run();
    group.go([] { const std::lock_guard lock(table); });
    let_others_run();
    tenter::sleep_for(std::chrono::seconds(1));
    value.send(1);
    group.wait();
  });
}
