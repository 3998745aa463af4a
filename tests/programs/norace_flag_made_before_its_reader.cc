// One thread makes an atomic flag before it starts the other, which sets it.
// expect: nothing
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
  new (flag) std::atomic<int>(0);
  std::thread maker([] {
    of(flag).store(1, std::memory_order_release);
    set.open();
  });
  set.wait();
  const int seen = of(flag).load(std::memory_order_acquire);
  maker.join();
  return seen - 1;
}
