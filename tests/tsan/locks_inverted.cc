// Two locks in two orders, which ThreadSanitizer reports without a race; with MENDED in one order.
#include <mutex>
#include <thread>

std::mutex left, right;

int main() {
  std::thread other([] {
    const std::lock_guard first(left);
    const std::lock_guard second(right);
  });
  other.join();
#ifdef MENDED
  const std::lock_guard first(left);
  const std::lock_guard second(right);
#else
  const std::lock_guard first(right);
  const std::lock_guard second(left);
#endif
}
