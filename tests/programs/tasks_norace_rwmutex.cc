// Readers and writers.
// expect: nothing
#include <tenter/tenter.h>

#include <mutex>
#include <shared_mutex>
int value;
tenter::RWMutex guard;
int main() {
  return tenter::run([] {
    tenter::WaitGroup group;
    for (int i = 0; i < 3; ++i)
      group.go([] {
        for (int j = 0; j < 10; ++j) {
          std::shared_lock<tenter::RWMutex> lock(guard);
          if (value < 0) return;
        }
      });
    group.go([] {
      for (int j = 0; j < 10; ++j) {
        std::unique_lock<tenter::RWMutex> lock(guard);
        value = value + 1;
      }
    });
    group.wait();
    return value == 10 ? 0 : 1;
  });
}
