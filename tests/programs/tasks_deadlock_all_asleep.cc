// All tasks wait, and nothing can wake one.
// expect: deadlock certainty=observed
// allow: task-leak
// exit: 2
#include <tenter/tenter.h>
int main() {
  return tenter::run([] {
    auto left = tenter::make_chan<int>();
    auto right = tenter::make_chan<int>();
    tenter::go([=] {
      left.send(1);
      right.recv();
    });
    right.send(1);
    left.recv();
    return 0;
  });
}
