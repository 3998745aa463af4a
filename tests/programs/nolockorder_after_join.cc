// Opposite orders in two threads, of which one has ended before the other begins.
// expect: nothing
#include <mutex>
#include <thread>
std::mutex left, right;
static void take(std::mutex& x, std::mutex& y) {
  std::lock_guard<std::mutex> first(x);
  std::lock_guard<std::mutex> second(y);
}
int main() {
  std::thread one([] { take(left, right); });
  one.join();
  std::thread two([] { take(right, left); });
  two.join();
}
