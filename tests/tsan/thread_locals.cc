// Tasks take turns on a thread, and use errno and variables of the thread without a race. With an argument two threads race on a
// variable that is thread-local, and no task ever runs on either.
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include <tenter/tenter.h>

thread_local int own = 0;

static int race() {
  int* const mine = &own;
  // ThreadSanitizer may miss accesses at the same time: one comes after the other, which orders nothing.
  std::atomic<bool> done = false;
  std::thread other([mine, &done] {
    ++*mine;
    done.store(true, std::memory_order_relaxed);
  });
  while (!done.load(std::memory_order_relaxed)) { std::this_thread::yield(); }
  ++own;
  other.join();
  return 0;
}

int main(int argc, char**) {
  if (argc > 1) { return race(); }
  return tenter::run([] {
    tenter::WaitGroup tasks;
    for (int i = 0; i < 50; ++i) {
      tasks.go([] {
        errno = 0;
        if (std::strtol("7", nullptr, 10) != 7 || errno != 0) { std::puts("no number"); }
        ++own;
        tenter::yield();
      });
    }
    tasks.wait();
  });
}
