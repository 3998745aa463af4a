// SyncMap: what stored a value comes before what loads, swaps or visits it, and what erased a key before what misses it.
// expect: nothing
#include <string>

#include <tenter/tenter.h>

#include "gate.h"

int stored, erased, swapped, visited;
tenter::SyncMap<int, std::string> map;
Gate gates[4];

void wait_for(Gate& gate) {
  while (!gate.is_open()) tenter::yield();
}

int main() {
  return tenter::run([] {
    tenter::WaitGroup group;
    map.store(2, "there");
    map.store(3, "old");
    group.go([] {
      stored = 1;
      map.store(1, std::string(100, 's'));
      gates[0].open();
      erased = 1;
      map.erase(2);
      gates[1].open();
      swapped = 1;
      map.store(3, std::string(100, 'w'));
      gates[2].open();
      visited = 1;
      map.store(4, std::string(100, 'v'));
      gates[3].open();
    });
    group.go([] {
      wait_for(gates[0]);
      if (map.load(1)->size() != 100 || stored != 1) throw 1;
    });
    group.go([] {
      wait_for(gates[1]);
      if (map.load(2) || erased != 1) throw 1;
    });
    group.go([] {
      wait_for(gates[2]);
      if (map.swap(3, "new")->size() != 100 || swapped != 1) throw 1;
    });
    group.go([] {
      wait_for(gates[3]);
      map.range([](const int& key, const std::string& value) {
        if (key == 4 && (value.front() != 'v' || visited != 1)) throw 1;
      });
    });
    group.wait();
    return 0;
  });
}
