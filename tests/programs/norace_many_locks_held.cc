// Somebody who holds a hundred locks at once holds the last of them, too.
// expect: nothing
// levels: one
#include <array>
#include <mutex>
#include <thread>
std::array<std::mutex, 100> locks;
int total;
int main() {
  std::thread collector([] {
    for (std::mutex& lock : locks) lock.lock();
    ++total;
    for (std::mutex& lock : locks) lock.unlock();
  });
  locks.back().lock();
  ++total;
  locks.back().unlock();
  collector.join();
}
