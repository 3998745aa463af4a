// The same map with a lock on both sides.
// expect: nothing
#include <map>
#include <mutex>
#include <thread>
std::map<int, int> ages;
std::mutex guard;
int main() {
  std::thread other([] {
    for (int i = 0; i < 20; ++i) {
      std::lock_guard<std::mutex> lock(guard);
      ages[i] = i;
      if (i % 3 == 0) ages.erase(i);
    }
  });
  for (int i = 0; i < 20; ++i) {
    std::lock_guard<std::mutex> lock(guard);
    ages.find(i);
  }
  other.join();
}
