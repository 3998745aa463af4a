// A done() too many.
// expect: negative-wait-group
#include <tenter/tenter.h>
int main() {
  return tenter::run([] {
    tenter::WaitGroup group;
    group.add(1);
    group.done();
    try {
      group.done();  // <- here
    } catch (const tenter::NegativeWaitGroupError&) {
      return 0;
    }
    return 1;
  });
}
