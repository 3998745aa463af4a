// A lock that only one side takes orders nothing.
// expect: data-race object=total
#include <mutex>
#include <thread>
long total;
std::mutex guard;
int main() {
  std::thread other([] {
    std::lock_guard<std::mutex> lock(guard);
    total = 1;  // <- here
  });
  total = 2;  // <- and here
  other.join();
}
