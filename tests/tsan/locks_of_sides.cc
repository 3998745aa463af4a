// A race whose sides hold different locks: of libc's kinds (PLAIN) or of the library's. With MENDED both hold the same one.
#include <mutex>
#include <shared_mutex>
#include <thread>

#include <tenter/tenter.h>

#include "gate.h"

int total = 0;

#ifdef PLAIN
std::mutex writers;
std::shared_mutex readers;
#else
tenter::Mutex writers;
tenter::RWMutex readers;
#endif

void add_one() {
#ifdef MENDED
  const std::lock_guard both(readers);
#endif
  const std::lock_guard guard(writers);
  ++total;
}

int look() {
  const std::shared_lock guard(readers);
  return total;
}

int main() {
  Gate written;
  std::thread adder([&] {
    add_one();
    written.open();
  });
  written.wait();
  const int seen = look();
  adder.join();
  return seen == 1 ? 0 : 1;
}
