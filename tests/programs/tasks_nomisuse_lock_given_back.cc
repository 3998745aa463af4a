// Whoever ends holds nothing; a lock that one task takes and another gives back was handed over.
// expect: unlock-by-other-task severity=note
// levels: one
#include <mutex>
#include <shared_mutex>

#include "tasks.h"
namespace {
tenter::Mutex orders, baton;
tenter::RWMutex prices;
bool is_closed = true;
}  // namespace
int main() {
  tenter::set_max_workers(1);
  return tenter::run([] {
    tenter::WaitGroup group;
    group.go([] {
      const std::lock_guard lock(orders);
      if (is_closed) return;
      is_closed = true;
    });
    group.go([] {
      const std::shared_lock lock(prices);
      if (is_closed) return;
    });
    group.go([] { baton.lock(); });
    group.wait();
    baton.unlock();
    return 0;
  });
}
