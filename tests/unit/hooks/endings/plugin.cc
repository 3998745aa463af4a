// library
// What the program dlopen.cc loads.
#include "work.h"

static int own = 0;

extern "C" int plugin_work() {
  std::thread other([] { own = 1; });
  other.join();
  work();
  return own;
}
