// Nothing arrives on the channel after stop_signals(), and nobody tells the task.
// expect: task-leak reason=receive-no-sender proof=proven
#include "tasks.h"
int main() {
  tenter::set_max_workers(1);
  return tenter::run([] {
    auto reload = tenter::signals({SIGHUP});
    tenter::go([=] {
      for (int number : reload) (void)number;  // <- here
    });
    let_others_run();
    tenter::stop_signals(reload);
    return 0;
  });
}
