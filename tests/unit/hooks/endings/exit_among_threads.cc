// status 0; recordings 1; complete
// main returns while other threads go on: with locks, allocation and atomics.
#include <atomic>
#include <memory>

#include "work.h"

std::mutex& forever = *new std::mutex;  // main's statics are destroyed while the threads go on
std::atomic<int>& turns = *new std::atomic<int>{0};

int main() {
  for (int i = 0; i < 3; ++i) {
    std::thread([] {
      for (;;) {
        const auto mine = std::make_shared<int>(1);
        const std::lock_guard hold(forever);
        turns += *mine;
      }
    }).detach();
  }
  while (turns < 3'000) { std::this_thread::yield(); }
  return 0;
}
