// Nobody kept the cancel function of the context that a task waits for.
// expect: lost-cancel
// expect: task-leak reason=context-never-cancelled proof=proven
#include "tasks.h"
int main() {
  tenter::set_max_workers(1);
  return tenter::run([] {
    auto context = tenter::with_cancel(tenter::background()).first;  // <- here
    tenter::go([context] { (void)context.done().recv(); });
    let_others_run();
    return 0;
  });
}
