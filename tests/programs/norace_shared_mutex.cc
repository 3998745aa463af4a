// Readers share, writers do not.
// expect: nothing
#include <mutex>
#include <shared_mutex>
#include <thread>
long value;
std::shared_mutex guard;
static long read() {
  std::shared_lock<std::shared_mutex> lock(guard);
  return value;
}
int main() {
  std::thread reader([] { for (int i = 0; i < 20; ++i) read(); });
  std::thread writer([] {
    for (int i = 0; i < 20; ++i) {
      std::unique_lock<std::shared_mutex> lock(guard);
      value = i;
    }
  });
  read();
  reader.join();
  writer.join();
}
