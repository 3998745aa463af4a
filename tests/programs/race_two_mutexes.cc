// Each side takes a lock, but not the same.
// expect: data-race object=total
#include <mutex>
#include <thread>
long total;
std::mutex left, right;
int main() {
  std::thread other([] {
    std::lock_guard<std::mutex> lock(left);
    total = 1;  // <- here
  });
  {
    std::lock_guard<std::mutex> lock(right);
    total = 2;  // <- and here
  }
  other.join();
}
