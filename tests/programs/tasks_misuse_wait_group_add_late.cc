// The add is inside the task, where it may come after the wait.
// expect: wait-group-misuse
#include <tenter/tenter.h>

#include <memory>

#include "gate.h"
Gate waited;
int main() {
  return tenter::run([] {
    auto group = std::make_shared<tenter::WaitGroup>();
    auto over = tenter::make_chan<int>();
    tenter::go([=] {
      while (!waited.is_open()) tenter::yield();
      group->add(1);  // <- here
      group->done();
      over.send(1);
    });
    group->wait();  // <- and here
    waited.open();
    over.recv();
    return 0;
  });
}
