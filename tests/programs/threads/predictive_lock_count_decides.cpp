// EXPECT: clean
// GROUP: predictive
// check: --deep
// NOTE: only who counts second writes x again; clang does not record that ++y reads (docs/limits.md), and cannot know
// levels: all   // compilers: g++-12
#include "invisible_barrier.h"
#include <mutex>
#include <thread>
std::mutex m; int x, y;
int main() { barrier_init(&barrier, 2);
  std::thread t([] { x = 1; m.lock(); ++y; m.unlock(); barrier_wait(&barrier); });
  barrier_wait(&barrier); m.lock(); int count = ++y; m.unlock(); if (count == 2) x = 2; t.join(); fprintf(stderr, "DONE\n"); }
