// after_func: the function comes after whoever cancelled the context, also if it has ended when its handle is given up.
// expect: nothing
#include <tenter/tenter.h>

#include <array>
#include <functional>
#include <thread>
#include <utility>

#include "gate.h"

Gate ran;
int data;

int main() {
  auto [context, cancel] = tenter::with_cancel(tenter::background());
  // Large, so that what it holds is in another part of the heap than its handle: the events of one part are in one order.
  std::array<char, 1 << 20> much{};
  std::function<bool()> handle = tenter::after_func(context, [much] {
    data = data + 1 + much[0];
    ran.open();
  });
  std::thread canceller([kept = std::move(handle), cancelled = cancel]() mutable {
    data = 1;
    cancelled();
    ran.wait_until_opener_sleeps();
    kept = nullptr;
  });
  canceller.join();
  return 0;
}
