// The worker would stop when it is told to, but whoever could tell it returns early.
// expect: lost-cancel
// expect: task-leak reason=select-no-case
#include "tasks.h"
namespace {
void serve(const tenter::Chan<int>& jobs, bool is_ready) {
  auto [context, cancel] = tenter::with_cancel(tenter::background());
  tenter::go([jobs, context = context] {
    tenter::select(tenter::on_recv(jobs), tenter::on_recv(context.done()));  // <- here
  });
  let_others_run();
  if (!is_ready) return;
  cancel();
}
}  // namespace
int main() {
  tenter::set_max_workers(1);
  return tenter::run([] {
    serve(tenter::make_chan<int>(), false);
    let_others_run();
    return 0;
  });
}
