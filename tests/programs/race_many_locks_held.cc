// A hundred locks protect nothing when the other side holds none of them.
// expect: data-race object=total
// levels: one
#include <array>
#include <mutex>
#include <thread>

#include "gate.h"

std::array<std::mutex, 100> locks;
std::mutex other;
int total;
Gate wrote;
int main() {
  std::thread collector([] {
    for (std::mutex& lock : locks) lock.lock();
    total = 1;  // <- here
    for (std::mutex& lock : locks) lock.unlock();
    wrote.open();
  });
  wrote.wait();
  other.lock();
  total = 2;  // <- here
  other.unlock();
  collector.join();
}
