// A handle that could send is in a static variable, and a task still lives that could find it there.
// expect: task-leak reason=receive-no-sender proof=likely
// allow: task-leak
#include "tasks.h"
tenter::SendChan<int> kept;
int main() {
  tenter::set_max_workers(1);
  return tenter::run([] {
    {
      const auto jobs = tenter::make_chan<int>();
      kept = jobs;
      tenter::go([in = tenter::RecvChan<int>(jobs)] {
        (void)in.recv();  // <- here
      });
    }
    tenter::go([] { tenter::sleep_for(std::chrono::hours(1)); });
    let_others_run();
    return 0;
  });
}
