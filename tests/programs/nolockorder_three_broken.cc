// The third takes them the other way about: a before c, and the ring is open.
// expect: nothing
#include <mutex>
#include <thread>

#include "gate.h"
std::mutex a, b, c;
Gate first_done, second_done;
static void take(std::mutex& x, std::mutex& y) {
  std::lock_guard<std::mutex> first(x);
  std::lock_guard<std::mutex> second(y);
}
int main() {
  std::thread one([] { take(a, b); first_done.open(); });
  std::thread two([] { first_done.wait(); take(b, c); second_done.open(); });
  second_done.wait();
  take(a, c);
  one.join();
  two.join();
}
