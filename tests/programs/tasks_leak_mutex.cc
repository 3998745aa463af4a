// A task went away with the lock.
// expect: task-leak reason=lock-never-released
// expect: lock-left-held object=guard
#include "tasks.h"
tenter::Mutex guard;
int main() {
  tenter::set_max_workers(1);
  return tenter::run([] {
    auto taken = tenter::make_chan<int>();
    tenter::go([=] {
      guard.lock();  // <- here
      taken.send(1);
    });
    taken.recv();
    tenter::go([] {
      guard.lock();  // <- here
      guard.unlock();
    });
    let_others_run();
    return 0;
  });
}
