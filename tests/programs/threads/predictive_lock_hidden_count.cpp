// EXPECT: clean
// GROUP: predictive
// check: --deep
// NOTE: a race that is missed: y++ reads what the other wrote, and no order gives it that value with x = 2 beside x = 1
// levels: all
// That nothing depends on the value is not known. predictive_lock_hidden_write is the same without the reads, and is found;
// in predictive_lock_count_decides something does depend on it.
#include "invisible_barrier.h"
#include <mutex>
#include <thread>
std::mutex m; int x, y;
int main() { barrier_init(&barrier, 2);
  std::thread t([] { x = 1; m.lock(); y++; m.unlock(); barrier_wait(&barrier); });
  barrier_wait(&barrier); m.lock(); y++; m.unlock(); x = 2; t.join(); fprintf(stderr, "DONE\n"); }
