// Waits as long, but the lock was given back before, a condition gives it back meanwhile, or nobody wants it.
// expect: nothing
// check: --held-limit 0.05
#include <mutex>

#include "tasks.h"

tenter::Mutex table, of_condition, unwanted;
tenter::Cond changed(of_condition);
bool change = false;

int main() {
  tenter::set_max_workers(1);
  return tenter::run([] {
    auto value = tenter::make_chan<int>();
    tenter::WaitGroup group;
    group.go([&] {
      { const std::lock_guard lock(table); }
      const std::lock_guard alone(unwanted);
      value.recv();
    });
    group.go([] {
      const std::lock_guard lock(of_condition);
      changed.wait([] { return change; });
    });
    let_others_run();
    group.go([] { const std::lock_guard first(table), second(of_condition); });
    let_others_run();
    tenter::sleep_for(std::chrono::milliseconds(300));
    value.send(1);
    let_others_run();
    {
      const std::lock_guard first(unwanted), second(of_condition);
      change = true;
    }
    changed.signal();
    group.wait();
  });
}
