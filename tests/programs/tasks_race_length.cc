// len() orders nothing.
// expect: data-race object=total
#include <tenter/tenter.h>
int total;
int main() {
  return tenter::run([] {
    auto tokens = tenter::make_chan<int>(1);
    auto done = tenter::make_chan<int>();
    tenter::go([=] {
      total = 1;  // <- here
      tokens.send(1);
      done.send(1);
    });
    while (tokens.len() == 0) tenter::yield();
    total = 2;  // <- and here
    done.recv();
    return 0;
  });
}
