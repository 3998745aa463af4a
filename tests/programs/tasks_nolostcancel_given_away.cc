// A task waits for a context, and has given the cancel function to somebody who could call it: from its closure, and from
// a variable of its own.
// expect: task-leak reason=context-never-cancelled
// expect: task-leak reason=context-never-cancelled
#include "tasks.h"
namespace {
// Never destroyed: the tasks are there until the process is gone.
auto& stop_first = *new tenter::CancelFunc;
auto& stop_second = *new tenter::CancelFunc;
void gives_from_its_closure() {
  auto [context, cancel] = tenter::with_cancel(tenter::background());
  tenter::go([context = context, cancel = std::move(cancel)]() mutable {
    stop_first = std::move(cancel);
    (void)context.done().recv();  // <- here
  });
}
void gives_from_its_stack() {
  auto [context, cancel] = tenter::with_cancel(tenter::background());
  stop_second = std::move(cancel);
  (void)context.done().recv();  // <- here
}
}  // namespace
int main() {
  tenter::set_max_workers(1);
  return tenter::run([] {
    gives_from_its_closure();
    tenter::go(gives_from_its_stack);
    let_others_run();
    return 0;
  });
}
