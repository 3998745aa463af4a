// A program with a listener of its own for ThreadSanitizer's reports, which is called beside ours.
#include <cstdio>
#include <thread>

#include "gate.h"

int total = 0;

extern "C" __attribute__((no_sanitize("thread"))) void __tsan_on_report(void*) { std::puts("the program's own listener"); }

int main() {
  Gate written;
  std::thread other([&] {
    total = 1;
    written.open();
  });
  written.wait();
  total = 2;
  other.join();
}
