// A loop with a condition, of which the compiler makes masked vector accesses: elements that do not meet it are not accessed.
// expect: nothing
// compilers: clang++-19
// levels: all
// needs: avx2
// flags: -O3 -mavx2 -mtune=skylake
#include <thread>

#include "threads/invisible_barrier.h"

constexpr int n = 1000;
int keep[n], cleared[n], summed[n], places[n], looked_up[n];

__attribute__((noinline)) void clear(int* row, const int* flags) {
  for (int i = 0; i < n; ++i) {
    if (flags[i] > 0) { row[i] = 7; }
  }
}

__attribute__((noinline)) int sum(const int* row, const int* flags) {
  int result = 0;
  for (int i = 0; i < n; ++i) {
    if (flags[i] > 0) { result += row[i]; }
  }
  return result;
}

__attribute__((noinline)) int look_up(const int* table, const int* indices) {
  int result = 0;
  for (int i = 0; i < n; ++i) {
    if (indices[i] > 0) { result += table[indices[i]]; }
  }
  return result;
}

// Loops that are unrolled, over memory that is there for sure: their loads lose the mask.
constexpr int few = 64;
int chosen[few], some[few], raised[few];

__attribute__((noinline)) int sum_of_some() {
  int result = 0;
  for (int i = 0; i < few; ++i) {
    if (chosen[i] > 0) { result += some[i]; }
  }
  return result;
}

__attribute__((noinline)) void raise_to(int by) {
  for (int i = 0; i < few; ++i) {
    if (chosen[i] > 0) { raised[i] += by; }
  }
}

template <class T>
void use(T& element) {
  element += 1;
}

int main() {
  barrier_init(&barrier, 2);
  keep[333] = keep[334] = 1;
  places[500] = 77;
  chosen[22] = 1;
  int result = 0;
  std::thread other([&result] {
    clear(cleared, keep);
    result = sum(summed, keep) + look_up(looked_up, places) + sum_of_some();
    raise_to(3);
    barrier_wait(&barrier);
  });
  barrier_wait(&barrier);
  for (int i = 0; i < n; ++i) {
    if (i != 333 && i != 334) { use(cleared[i]); }
  }
  use(summed[332]);
  use(summed[335]);
  use(looked_up[500]);
  use(looked_up[0]);
  use(some[21]);
  use(some[23]);
  use(raised[21]);
  use(raised[23]);
  other.join();
  return result;
}
