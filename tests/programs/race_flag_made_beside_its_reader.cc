// One thread makes an atomic flag and sets it, another may look at it meanwhile. In this run the look comes late and follows what it
// sees; another order of the same steps has it beside the making, which is a plain write.
// expect: data-race object=flag
// check: --analysis hb,shb
// levels: all
#include <atomic>
#include <new>
#include <thread>

#include "gate.h"

alignas(std::atomic<int>) unsigned char flag[sizeof(std::atomic<int>)];
static std::atomic<int>& of(unsigned char* place) { return *reinterpret_cast<std::atomic<int>*>(place); }
Gate set;

int main() {
  std::thread maker([] {
    new (flag) std::atomic<int>(0);  // <- here
    of(flag).store(1, std::memory_order_release);
    set.open();
  });
  set.wait();
  const int seen = of(flag).load(std::memory_order_acquire);  // <- and here
  maker.join();
  return seen - 1;
}
