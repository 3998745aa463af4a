// status 0; recordings 1; complete
// Signals keep hitting threads in the middle of everything that is recorded; handlers store and count.
#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "work.h"

std::atomic<int> handled{0};
volatile int last = 0;
std::atomic<bool> stop{false};

void handler(int signal_number) {
  last = signal_number;
  handled.fetch_add(1, std::memory_order_relaxed);
}

int main() {
  struct sigaction action{};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigaction(SIGUSR1, &action, nullptr);
  std::vector<int> numbers(64);
  std::thread busy([&] {
    while (!stop) {
      const std::lock_guard hold(work_mutex);
      for (int& number : numbers) ++number;
      void* block = std::malloc(100);
      std::memset(block, 1, 100);
      std::free(block);
      std::this_thread::yield();  // or each signal costs the other side a time slice, full of events
    }
  });
  // The first one may come before the thread has begun.
  for (int i = 0; i < 300; ++i) {
    pthread_kill(busy.native_handle(), SIGUSR1);
    while (handled.load() <= i) { std::this_thread::yield(); }
  }
  stop = true;
  busy.join();
  return last == SIGUSR1 ? 0 : 1;
}
