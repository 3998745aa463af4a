// As tasks_deadlock_lock_and_channel, but the receiver takes the lock only once it has the value.
// expect: nothing
// levels: one
#include "tasks.h"

tenter::Mutex account;
int main() {
  tenter::set_max_workers(1);
  return tenter::run([] {
    auto changes = tenter::make_chan<int>();
    tenter::go([changes] {
      account.lock();
      changes.send(1);
      account.unlock();
    });
    tenter::go([changes] {
      changes.recv();
      account.lock();
      account.unlock();
    });
    let_others_run();
    return 0;
  });
}
