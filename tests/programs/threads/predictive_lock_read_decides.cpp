// EXPECT: clean
// GROUP: predictive
// check: --deep
// NOTE: what main reads under the lock decides whether it writes x: in the other order of the critical sections it does not
// levels: all
#include "invisible_barrier.h"
#include <mutex>
#include <thread>
std::mutex m; int x, y;
int main() { barrier_init(&barrier, 2);
  std::thread t([] { x = 1; m.lock(); y = 1; m.unlock(); barrier_wait(&barrier); });
  barrier_wait(&barrier); m.lock(); int seen = y; m.unlock(); if (seen == 1) x = 2; t.join(); fprintf(stderr, "DONE\n"); }
