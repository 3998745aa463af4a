// One thread frees what another has just read, and nothing says which comes first.
// expect: use-after-free-race object.kind=heap
#include <thread>

#include "gate.h"
Gate read_it;
int main() {
  int* number = new int(5);  // <= made here
  int seen = 0;
  std::thread other([&seen, number] {
    seen = *number;  // <- here
    read_it.open();
  });
  read_it.wait();
  delete number;  // <- and here
  other.join();
  return seen == 5 ? 0 : 1;
}
