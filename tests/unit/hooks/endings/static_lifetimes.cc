// status 0; recordings 1; complete
// Threads in constructors before main and in destructors after it, before and after the recorder's own.
#include "work.h"

struct Works {
  Works() { work(); }
  ~Works() { work(); }
};
__attribute__((init_priority(101))) Works first;
Works second;
thread_local Works of_thread;

__attribute__((constructor)) void before_main() { work(); }
__attribute__((destructor)) void after_main() { work(); }

int main() {
  static Works in_main;
  std::thread([] { static_cast<void>(&of_thread); }).join();
  return 0;
}
