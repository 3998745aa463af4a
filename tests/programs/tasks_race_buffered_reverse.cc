// In a buffer of one, the receive of a value does not order the send of that value.
// expect: data-race object=total
#include <tenter/tenter.h>
int total;
int main() {
  return tenter::run([] {
    auto tokens = tenter::make_chan<int>(1);
    auto done = tenter::make_chan<int>();
    tenter::go([=] {
      total = 1;  // <- here
      tokens.recv();
      done.send(1);
    });
    tokens.send(1);
    total = 2;  // <- and here
    done.recv();
    return 0;
  });
}
