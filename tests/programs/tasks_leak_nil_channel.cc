// Nobody can send on a channel that was never made.
// expect: task-leak reason=nil-channel proof=proven
#include "tasks.h"
int main() {
  tenter::set_max_workers(1);
  return tenter::run([] {
    tenter::go([] {
      tenter::Chan<int> never_made;
      never_made.recv();  // <- here
    });
    let_others_run();
    return 0;
  });
}
