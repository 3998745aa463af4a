// EXPECT: race
// GROUP: predictive
// NOTE: a race that the order of two critical sections hides in this run; neither reads what the other wrote
// levels: all
#include "invisible_barrier.h"
#include <mutex>
#include <thread>
std::mutex m; int x, y;
int main() { barrier_init(&barrier, 2);
  std::thread t([] { x = 1; m.lock(); y = 1; m.unlock(); barrier_wait(&barrier); });
  barrier_wait(&barrier); m.lock(); y = 2; m.unlock(); x = 2; t.join(); fprintf(stderr, "DONE\n"); }
