// The same global, with one mutex on both sides.
// expect: nothing
// levels: all
#include <mutex>
#include <thread>
long total;
std::mutex guard;
static void add_one() {
  std::lock_guard<std::mutex> lock(guard);
  total = total + 1;
}
int main() {
  std::thread other(add_one);
  add_one();
  other.join();
}
