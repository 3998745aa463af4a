// Whoever waits for signals until the program ends waits for nobody in it.
// expect: nothing
#include "tasks.h"
int main() {
  tenter::set_max_workers(1);
  return tenter::run([] {
    auto reload = tenter::signals({SIGHUP});
    auto done = tenter::make_chan<tenter::Unit>();
    tenter::go([=] {
      for (int number : reload) (void)number;
    });
    tenter::go(
        [=, stop = tenter::signals({SIGTERM})] { tenter::select(tenter::on_recv(stop), tenter::on_recv(done)); });
    let_others_run();
    return 0;
  });
}
