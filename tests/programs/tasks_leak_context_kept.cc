// The cancel function is there, but nobody calls it.
// expect: task-leak reason=context-never-cancelled
#include "tasks.h"
namespace {
tenter::CancelFunc stop;
}
int main() {
  tenter::set_max_workers(1);
  return tenter::run([] {
    auto [context, cancel] = tenter::with_cancel(tenter::background());
    stop = cancel;
    tenter::go([context = context] { (void)context.done().recv(); });  // <- here
    let_others_run();
    return 0;
  });
}
