// The case that did not run orders nothing.
// expect: data-race object=right_answer
#include <tenter/tenter.h>

#include "gate.h"
int right_answer;
Gate wrote;
int main() {
  return tenter::run([] {
    auto left = tenter::make_chan<int>(1);
    auto right = tenter::make_chan<int>();
    tenter::go([=] {
      right_answer = 2;  // <- here
      wrote.open();
      right.send(2);
    });
    left.send(1);
    while (!wrote.is_open()) tenter::yield();
    int seen = 0;
    tenter::select(tenter::on_recv(left, [&](int) {
      seen = right_answer;  // <- and here
    }));
    right.recv();
    return seen == 2 ? 0 : 1;
  });
}
