// Both take them in the same order.
// expect: nothing
// levels: all
#include <mutex>
#include <thread>
std::mutex left, right;
static void both() {
  std::lock_guard<std::mutex> first(left);
  std::lock_guard<std::mutex> second(right);
}
int main() {
  std::thread other(both);
  both();
  other.join();
}
