// The first answer is enough, and nobody receives the second.
// expect: task-leak reason=send-no-receiver proof=proven
#include "tasks.h"
int main() {
  tenter::set_max_workers(1);
  return tenter::run([] {
    auto answers = tenter::make_chan<int>();
    for (int i = 0; i < 2; ++i)
      tenter::go([=] {
        answers.send(i);  // <- here
      });
    const bool got = answers.recv().has_value();
    let_others_run();
    return got ? 0 : 1;
  });
}
