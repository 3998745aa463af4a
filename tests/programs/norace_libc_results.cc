// As race_libc_results.cc, but the calls are over when the objects are touched.
// expect: nothing
// flags: -fno-builtin -Wno-unused-value -Wno-unused-result
#include <thread>

#include "libc_result_calls.h"

int main() {
  std::thread other(call_all);
  other.join();
  touch_all();
}
