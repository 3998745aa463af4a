// status 0; recordings 1; complete
// pthread_exit, cancellation in a blocking call and in a lock's wait; destructors run after both.
#include <pthread.h>
#include <unistd.h>

#include <atomic>

#include "work.h"

std::atomic<int> destroyed{0};
struct Local {
  ~Local() {
    const std::lock_guard hold(work_mutex);
    ++work_done;
    ++destroyed;
  }
  int used = 0;
};
thread_local Local local;
std::atomic<int> ready{0};

void* exits(void*) {
  local.used = 1;
  pthread_exit(nullptr);
}

void* waits(void*) {
  local.used = 1;
  ++ready;
  for (;;) { pause(); }
}

int main() {
  work();
  pthread_t a{};
  pthread_t b{};
  pthread_create(&a, nullptr, exits, nullptr);
  pthread_create(&b, nullptr, waits, nullptr);
  while (ready == 0) { std::this_thread::yield(); }
  pthread_cancel(b);
  void* result = nullptr;
  pthread_join(a, nullptr);
  pthread_join(b, &result);
  return destroyed == 2 && result == PTHREAD_CANCELED ? 0 : 1;
}
