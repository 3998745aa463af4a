// One receives before it sends.
// expect: nothing
#include <tenter/tenter.h>
int main() {
  return tenter::run([] {
    auto left = tenter::make_chan<int>();
    auto right = tenter::make_chan<int>();
    tenter::go([=] {
      left.send(1);
      right.recv();
    });
    left.recv();
    right.send(1);
    return 0;
  });
}
