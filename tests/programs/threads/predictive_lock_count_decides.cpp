// EXPECT: clean
// GROUP: predictive
// NOTE: only who counts second writes x again, and second it was only in the order that ran
// levels: all
#include "invisible_barrier.h"
#include <mutex>
#include <thread>
std::mutex m; int x, y;
int main() { barrier_init(&barrier, 2);
  std::thread t([] { x = 1; m.lock(); ++y; m.unlock(); barrier_wait(&barrier); });
  barrier_wait(&barrier); m.lock(); int count = ++y; m.unlock(); if (count == 2) x = 2; t.join(); fprintf(stderr, "DONE\n"); }
