// A channel without room, and everybody sends.
#include <tenter/tenter.h>

int main() {
  tenter::set_max_workers(1);
  return tenter::run([] {
    auto questions = tenter::make_chan<int>();
    tenter::go({.name = "second"}, [questions] { questions.send(2); });
    questions.send(1);
    return 0;
  });
}
