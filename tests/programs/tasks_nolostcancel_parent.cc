// A context whose own cancel function is gone ends with what it was derived from, or with its deadline.
// expect: nothing
// allow: task-leak
#include "tasks.h"
int main() {
  tenter::set_max_workers(1);
  return tenter::run([] {
    tenter::WaitGroup group;
    auto [parent, cancel] = tenter::with_cancel(tenter::background());
    auto child = tenter::with_cancel(parent).first;
    auto late = tenter::with_timeout(tenter::background(), std::chrono::hours(1)).first;
    group.go([child] { (void)child.done().recv(); });
    tenter::go([late] { (void)late.done().recv(); });
    let_others_run();
    cancel();
    group.wait();
    return 0;
  });
}
