// Pool: what is done after the put is not ordered with the get, nor does one who put another object come before it.
// expect: data-race object=late
// expect: data-race object=other
#include <tenter/tenter.h>

#include "gate.h"

int late, other;
Gate first, second, third;

int main() {
  tenter::set_max_workers(1);
  return tenter::run([] {
    tenter::Pool<int> pool([] { return 0; });
    tenter::WaitGroup group;
    group.go([&] {
      other = 1;  // <- here
      pool.put(1);
      if (pool.get() != 1) throw 1;
      first.open();
    });
    group.go([&] {
      while (!first.is_open()) tenter::yield();
      pool.put(2);
      late = 1;  // <- here
      second.open();
    });
    group.go([&] {
      while (!second.is_open()) tenter::yield();
      if (pool.get() != 2) throw 1;
      late = 2;   // <- and here
      other = 2;  // <- and here
    });
    group.wait();
    return 0;
  });
}
