// All went well. But the tasks may be done before main has counted them, and another may unlock before main locks.
// expect: negative-wait-group certainty=predicted
// expect: unlock-of-unlocked-mutex certainty=predicted
// expect: unlock-by-other-task
// levels: one
#include "tasks.h"
namespace {
tenter::Mutex turn;
}
int main() {
  tenter::set_max_workers(1);
  return tenter::run([] {
    tenter::WaitGroup group;
    tenter::go([&] { group.done(); });  // <- here
    group.add(1);
    group.wait();
    auto over = tenter::make_chan<int>();
    tenter::go([over] {
      turn.unlock();  // <- here
      over.send(1);
    });
    turn.lock();
    over.recv();
    return 0;
  });
}
