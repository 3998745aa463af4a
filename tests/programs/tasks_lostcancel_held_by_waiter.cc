// The task would call the cancel function once the context is cancelled, and nobody else has it any more.
// expect: lost-cancel
// expect: lost-cancel
// expect: task-leak reason=context-never-cancelled proof=proven
// expect: task-leak reason=select-no-case proof=proven
#include "tasks.h"
namespace {
void start_worker() {
  auto [context, cancel] = tenter::with_cancel(tenter::background());
  tenter::go([context = context, cancel = cancel] {
    (void)context.done().recv();  // <- here
    cancel();
  });
}
void serve(const tenter::RecvChan<int>& jobs) {
  auto [context, cancel] = tenter::with_cancel(tenter::background());
  tenter::go([jobs, context = context, cancel = std::move(cancel)] {
    tenter::select(tenter::on_recv(jobs), tenter::on_recv(context.done()));  // <- here
    cancel();
  });
}
}  // namespace
int main() {
  tenter::set_max_workers(1);
  return tenter::run([] {
    start_worker();
    serve(tenter::make_chan<int>());
    let_others_run();
    return 0;
  });
}
