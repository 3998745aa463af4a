// after_func: the function does not come after what follows the cancellation.
// expect: data-race object=data
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
    data = data + 1 + much[0];  // <- here
    ran.open();
  });
  std::thread canceller([kept = std::move(handle), cancelled = cancel]() mutable {
    cancelled();
    data = 1;  // <- here
    ran.wait_until_opener_sleeps();
    kept = nullptr;
  });
  canceller.join();
  return 0;
}
