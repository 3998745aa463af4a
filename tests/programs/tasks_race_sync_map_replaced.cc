// SyncMap: who loads a value comes after whoever stored that one, not after those whose values it replaced, and two stores
// do not order each other.
// expect: data-race object=total
// expect: data-race object=count
#include <tenter/tenter.h>

#include "gate.h"

int total, count;
tenter::SyncMap<int, int> map;
Gate first, second;

int main() {
  return tenter::run([] {
    tenter::WaitGroup group;
    group.go([] {
      total = 1;  // <- here
      count = 1;  // <- here
      map.store(1, 1);
      first.open();
    });
    group.go([] {
      while (!first.is_open()) tenter::yield();
      map.store(1, 2);
      count = 2;  // <- and here
      second.open();
    });
    group.go([] {
      while (!second.is_open()) tenter::yield();
      if (map.load(1) == 2) total = 3;  // <- and here
    });
    group.wait();
    return 0;
  });
}
