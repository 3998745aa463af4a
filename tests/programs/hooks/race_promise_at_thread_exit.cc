// What a thread does comes before whoever gets the result that becomes ready at its end, and after nobody: not after
// those who hold the same promise, and not before those who do not ask for the result.
// expect: data-race
#include <future>
#include <thread>

#include "gate.h"

int main() {
  Gate written;
  int total = 0;
  std::promise<int> promise;
  std::future<int> future = promise.get_future();
  std::thread worker([&] {
    promise.set_value_at_thread_exit(1);
    total = 1;  // <- here
    written.open();
  });
  written.wait();
  total += 1;  // <- here
  const int result = future.get();
  worker.join();
  return total - result - 1;
}
