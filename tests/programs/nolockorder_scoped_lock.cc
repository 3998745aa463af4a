// std::scoped_lock takes both at once, in whatever order they are named.
// expect: nothing
#include <mutex>
#include <thread>
std::mutex left, right;
int main() {
  std::thread other([] { for (int i = 0; i < 20; ++i) std::scoped_lock both(left, right); });
  for (int i = 0; i < 20; ++i) std::scoped_lock both(right, left);
  other.join();
}
