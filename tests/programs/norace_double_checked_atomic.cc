// The first check is an acquire load.
// expect: nothing
#include <atomic>
#include <mutex>
#include <thread>
std::atomic<int*> instance;
std::mutex guard;
static int get() {
  int* found = instance.load(std::memory_order_acquire);
  if (found == nullptr) {
    std::lock_guard<std::mutex> lock(guard);
    found = instance.load(std::memory_order_relaxed);
    if (found == nullptr) {
      found = new int(9);
      instance.store(found, std::memory_order_release);
    }
  }
  return *found;
}
int main() {
  std::thread other(get);
  get();
  other.join();
  delete instance.load();
}
