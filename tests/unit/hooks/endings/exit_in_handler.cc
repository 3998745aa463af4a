// status 4; recordings 1
// As a daemon does at SIGTERM: _exit from a handler, whatever the thread was doing.
#include <signal.h>
#include <unistd.h>

#include <atomic>

#include "work.h"

std::atomic<bool> at_work{false};

int main() {
  signal(SIGTERM, [](int) { _exit(4); });
  static pthread_t main_thread = pthread_self();
  std::thread([] {
    while (!at_work) { std::this_thread::yield(); }
    pthread_kill(main_thread, SIGTERM);
  }).detach();
  for (;;) {
    work();
    at_work = true;
  }
}
