// Nobody signals.
// expect: task-leak reason=condition-never-signalled
#include "tasks.h"
tenter::Mutex guard;
tenter::Cond changed(guard);
int main() {
  tenter::set_max_workers(1);
  return tenter::run([] {
    tenter::go([] {
      guard.lock();
      changed.wait();  // <- here
      guard.unlock();
    });
    let_others_run();
    return 0;
  });
}
