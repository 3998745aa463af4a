// A task sends while it holds a lock, and the only task that receives wants the lock first. Main goes on.
// expect: deadlock certainty=observed
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
      account.lock();
      changes.recv();
      account.unlock();
    });
    let_others_run();
    return 0;
  });
}
