// A wait group on the stack may go as soon as wait() is over, although done() may not have returned yet.
// expect: nothing
#include <tenter/tenter.h>
int main() {
  return tenter::run([] {
    int sum = 0;
    for (int i = 0; i < 20; ++i) {
      tenter::WaitGroup group;
      int part = 0;
      group.go([&part, i] { part = i; });
      group.wait();
      sum += part;
    }
    return sum == 190 ? 0 : 1;
  });
}
