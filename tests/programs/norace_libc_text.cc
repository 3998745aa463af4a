// As race_libc_text.cc, but the calls are over when the objects are touched.
// expect: nothing
// flags: -fno-builtin -Wno-unused-value -Wno-unused-result
#include <thread>

#include "libc_text_calls.h"

int main() {
  std::thread other(call_all);
  other.join();
  touch_all();
}
