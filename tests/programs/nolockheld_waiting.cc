// Waits as long, but for what nobody else waits for: the lock was given back before, a condition gives it back meanwhile, nobody
// wants it, or those who read wait for nobody.
// expect: nothing
// check: --held-limit 0.05
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <thread>

#include "gate.h"

using namespace std::chrono_literals;

std::mutex given_back, of_condition, unwanted;
std::shared_mutex read_only;
std::condition_variable changed;
bool change = false;
Gate slept, waits, reads;

int main() {
  std::thread sleeper([] {
    { const std::lock_guard lock(given_back); }
    const std::lock_guard alone(unwanted);
    const std::shared_lock reading(read_only);
    reads.open();
    std::this_thread::sleep_for(300ms);
    slept.open();
  });
  std::thread waiter([] {
    std::unique_lock lock(of_condition);
    waits.open();
    changed.wait(lock, [] { return change; });
  });
  std::thread other([] {
    waits.wait_until_opener_sleeps();
    reads.wait();
    {
      const std::shared_lock reading(read_only);
      const std::lock_guard first(given_back), second(of_condition);
    }
    slept.wait();
    { const std::lock_guard late(unwanted); }
    const std::lock_guard lock(of_condition);
    change = true;
    changed.notify_one();
  });
  sleeper.join();
  waiter.join();
  other.join();
}
