// Three ways past the unlock: an early return, one of a reader, and the end of main's own task.
// expect: lock-left-held object=orders
// expect: lock-left-held object=prices
// expect: lock-left-held object=drain
// levels: one
#include "tasks.h"
namespace {
tenter::Mutex orders, drain;
tenter::RWMutex prices;
bool is_closed = true;
}  // namespace
int main() {
  tenter::set_max_workers(1);
  return tenter::run([] {
    tenter::WaitGroup group;
    group.go([] {
      orders.lock();  // <- here
      if (is_closed) return;
      orders.unlock();
    });
    group.go([] {
      prices.lock_shared();  // <- here
      if (is_closed) return;
      prices.unlock_shared();
    });
    group.wait();
    drain.lock();  // <- here
    return 0;
  });
}
