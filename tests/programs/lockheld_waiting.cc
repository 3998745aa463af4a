// A thread sleeps while it holds a lock, and another wants the lock all the while.
// expect: lock-held-while-waiting severity=note object=table
// check: --held-limit 0.05
#include <chrono>
#include <mutex>
#include <thread>

#include "gate.h"

std::mutex table;
Gate held, wanted;

int main() {
  std::thread holder([] {
    const std::lock_guard lock(table);
    held.open();
    wanted.wait_until_opener_sleeps();
    std::this_thread::sleep_for(std::chrono::seconds(1));  // <- here
  });
  std::thread other([] {
    held.wait();
    wanted.open();
    const std::lock_guard lock(table);
  });
  holder.join();
  other.join();
}
