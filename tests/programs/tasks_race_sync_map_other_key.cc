// SyncMap: a load of one key says nothing about who stored another.
// expect: data-race object=total
#include <tenter/tenter.h>

#include "gate.h"

int total;
tenter::SyncMap<int, int> map;
Gate stored;

int main() {
  return tenter::run([] {
    map.store(1, 0);
    tenter::WaitGroup group;
    group.go([] {
      total = 1;  // <- here
      map.store(2, 0);
      stored.open();
    });
    group.go([] {
      while (!stored.is_open()) tenter::yield();
      map.load(1);
      total = 2;  // <- and here
    });
    group.wait();
    return 0;
  });
}
