// The handle is a variable like any other: replacing it while another task uses it is a race.
// expect: data-race object=current
#include <tenter/tenter.h>

#include "gate.h"
tenter::Chan<int> current;
Gate used;
int main() {
  return tenter::run([] {
    auto done = tenter::make_chan<int>();
    current = tenter::make_chan<int>(1);
    tenter::go([=] {
      current.try_send(1);  // <- here
      used.open();
      done.send(1);
    });
    while (!used.is_open()) tenter::yield();
    current = tenter::make_chan<int>(1);  // <- and here
    done.recv();
    return 0;
  });
}
