// SyncMap: a store looks at nothing, so it does not come after the erasure of the same key.
// expect: data-race object=total
#include <tenter/tenter.h>

#include "gate.h"

int total;
tenter::SyncMap<int, int> map;
Gate erased;

int main() {
  return tenter::run([] {
    map.store(1, 1);
    tenter::WaitGroup group;
    group.go([] {
      total = 1;  // <- here
      map.erase(1);
      erased.open();
    });
    group.go([] {
      while (!erased.is_open()) tenter::yield();
      map.store(1, 2);
      total = 2;  // <- and here
    });
    group.wait();
    return 0;
  });
}
