// The inner lock is only tried for; who fails gives up the outer one.
// expect: nothing
#include <mutex>
#include <thread>

#include "gate.h"
std::mutex left, right;
Gate done;
static void take(std::mutex& x, std::mutex& y) {
  std::lock_guard<std::mutex> first(x);
  if (y.try_lock()) y.unlock();
}
int main() {
  std::thread other([] { take(left, right); done.open(); });
  done.wait();
  take(right, left);
  other.join();
}
