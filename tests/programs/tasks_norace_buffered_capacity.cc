// A buffered channel of capacity one as a lock: receive k happens before send k + 1.
// expect: nothing
#include <tenter/tenter.h>
int total;
int main() {
  return tenter::run([] {
    auto lock = tenter::make_chan<int>(1);
    tenter::WaitGroup group;
    for (int i = 0; i < 4; ++i)
      group.go([=] {
        for (int j = 0; j < 5; ++j) {
          lock.send(1);
          total = total + 1;
          lock.recv();
        }
      });
    group.wait();
    return total == 20 ? 0 : 1;
  });
}
