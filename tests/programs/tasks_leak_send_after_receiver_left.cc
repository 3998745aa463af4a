// The receiver gives up and goes; the answer comes later. A task that still runs has sent on the channel before.
// expect: task-leak reason=send-no-receiver proof=proven
// allow: task-leak
#include "tasks.h"
int main() {
  tenter::set_max_workers(1);
  return tenter::run([] {
    auto asked = tenter::make_chan<int>();
    {
      const auto answers = tenter::make_chan<int>();
      tenter::go([asked, out = tenter::SendChan<int>(answers)] {
        (void)asked.recv();
        out.send(1);
      });
      tenter::go([out = tenter::SendChan<int>(answers)]() mutable {
        out.try_send(0);
        out = {};
        tenter::sleep_for(std::chrono::hours(1));
      });
      let_others_run();
    }  // <- here the last handle that could receive is gone
    asked.send(1);
    let_others_run();
    return 0;
  });
}
