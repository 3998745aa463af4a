// The channel is never closed.
// expect: task-leak reason=receive-no-sender proof=proven
#include "tasks.h"
int main() {
  tenter::set_max_workers(1);
  return tenter::run([] {
    auto jobs = tenter::make_chan<int>();
    tenter::go([=] {
      for (int job : jobs) (void)job;  // <- here
    });
    jobs.send(1);
    let_others_run();
    return 0;
  });
}
