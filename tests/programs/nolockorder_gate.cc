// Opposite orders, but always under a third lock: they can never meet.
// expect: nothing
#include <mutex>
#include <thread>

#include "gate.h"
std::mutex gate_lock, left, right;
Gate done;
static void take(std::mutex& x, std::mutex& y) {
  std::lock_guard<std::mutex> gate(gate_lock);
  std::lock_guard<std::mutex> first(x);
  std::lock_guard<std::mutex> second(y);
}
int main() {
  std::thread other([] { take(left, right); done.open(); });
  done.wait();
  take(right, left);
  other.join();
}
