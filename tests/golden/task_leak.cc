// The first answer is enough, and the second sender waits for ever.
#include "tasks.h"

int main() {
  tenter::set_max_workers(1);
  return tenter::run([] {
    auto answers = tenter::make_chan<int>();
    for (int i = 0; i < 2; ++i) tenter::go({.name = "searcher"}, [answers, i] { answers.send(i); });
    answers.recv();
    let_others_run();
    return 0;
  });
}
