// Counted before they start, or by one that is counted itself.
// expect: nothing
// levels: one
#include "tasks.h"
int main() {
  tenter::set_max_workers(1);
  return tenter::run([] {
    tenter::WaitGroup group;
    group.add(2);
    tenter::go([&] { group.done(); });
    tenter::go([&] {
      group.add(1);
      tenter::go([&] { group.done(); });
      group.done();
    });
    group.wait();
    for (int round = 0; round < 40; ++round) {
      group.add(1);
      tenter::go([&] { group.done(); });
      group.wait();
    }
    return 0;
  });
}
