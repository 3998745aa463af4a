// A map is asked for its size while another thread inserts; the race shows inside of std::map, and is blamed on our
// lines. (The links of the tree are set in libstdc++.so, which is not instrumented; see docs/limits.md.)
// expect: data-race+
#include <map>
#include <thread>

#include "gate.h"
std::map<int, int> ages;
Gate inserted;
int main() {
  ages[1] = 30;
  std::thread other([] {
    ages[2] = 40;  // <- here
    inserted.open();
  });
  inserted.wait();
  const bool both = ages.size() == 2;  // <- and here
  other.join();
  return both ? 0 : 1;
}
