// No case of the select will ever be ready.
// expect: task-leak reason=select-no-case proof=proven
#include "tasks.h"
int main() {
  tenter::set_max_workers(1);
  return tenter::run([] {
    auto left = tenter::make_chan<int>();
    auto right = tenter::make_chan<int>();
    tenter::go([=] {
      tenter::select(tenter::on_recv(left, [](int) {}), tenter::on_send(right, 1));  // <- here
    });
    let_others_run();
    return 0;
  });
}
