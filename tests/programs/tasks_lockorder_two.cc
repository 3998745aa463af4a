// Two task mutexes in opposite orders, one after the other.
// expect: lock-order-inversion certainty=predicted
#include <tenter/tenter.h>

#include <mutex>

#include "gate.h"
tenter::Mutex left, right;
Gate first_done;
int main() {
  return tenter::run([] {
    tenter::WaitGroup group;
    group.go([] {
      {
        std::lock_guard<tenter::Mutex> first(left);
        std::lock_guard<tenter::Mutex> second(right);
      }
      first_done.open();
    });
    group.go([] {
      while (!first_done.is_open()) tenter::yield();
      std::lock_guard<tenter::Mutex> first(right);
      std::lock_guard<tenter::Mutex> second(left);
    });
    group.wait();
    return 0;
  });
}
