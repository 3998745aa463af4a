// Two locks in opposite orders. This run got through; another will not.
// expect: lock-order-inversion certainty=predicted
// levels: all
#include <mutex>
#include <thread>

#include "gate.h"
std::mutex left, right;
Gate done;
static void forth() {
  std::lock_guard<std::mutex> first(left);
  std::lock_guard<std::mutex> second(right);
}
static void back() {
  std::lock_guard<std::mutex> first(right);
  std::lock_guard<std::mutex> second(left);
}
int main() {
  std::thread other([] { forth(); done.open(); });
  done.wait();
  back();
  other.join();
}
