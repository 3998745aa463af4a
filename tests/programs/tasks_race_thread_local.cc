// A task tells a thread where a variable of its own thread lies: then both use it, and nothing orders them.
// expect: data-race
#include <atomic>
#include <thread>

#include <tenter/tenter.h>

thread_local int uses;
std::atomic<int*> told{nullptr};

int main() {
  tenter::set_max_workers(1);
  std::thread other([] {
    int* where = nullptr;
    while (where == nullptr) where = told.load(std::memory_order_relaxed);
    *where = 2;
  });
  const int status = tenter::run([] {
    tenter::WaitGroup group;
    group.go([] {
      uses = 1;
      told.store(&uses, std::memory_order_relaxed);
    });
    group.wait();
    return 0;
  });
  other.join();
  return status;
}
