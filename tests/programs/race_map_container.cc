// A map is read while another thread inserts; the race shows inside of std::map, and is blamed on our lines.
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
  const bool known = ages.find(1) != ages.end();  // <- and here
  other.join();
  return known ? 0 : 1;
}
