// The other thread has a pointer to all of the variable; the owner writes a part at an offset.
// levels: all
// expect: data-race
#include <thread>

#include "gate.h"
struct Result {
  int count = 0, sum = 0;
};
Gate wrote;
__attribute__((noinline)) std::thread reader(Result& of, int& seen) {
  return std::thread([&] {
    wrote.wait();
    seen = of.sum;  // <- here
  });
}
int main() {
  Result result;
  int seen = 0;
  std::thread other = reader(result, seen);
  result.sum = 3;  // <- and here
  wrote.open();
  other.join();
  return seen == 3 ? 0 : 1;
}
