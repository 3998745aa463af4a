// A loop with a condition, of which the compiler makes masked vector accesses. The other side has elements that met it.
// each: data-race object=cleared,summed,looked_up,some,raised
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
    if (flags[i] > 0) { row[i] = 7; }  // <- here
  }
}

__attribute__((noinline)) int sum(const int* row, const int* flags) {
  int result = 0;
  for (int i = 0; i < n; ++i) {
    if (flags[i] > 0) { result += row[i]; }  // <- here
  }
  return result;
}

__attribute__((noinline)) int look_up(const int* table, const int* indices) {
  int result = 0;
  for (int i = 0; i < n; ++i) {
    if (indices[i] > 0) { result += table[indices[i]]; }  // <- here
  }
  return result;
}

// Loops that are unrolled, over memory that is there for sure: their loads lose the mask.
constexpr int few = 64;
int chosen[few], some[few], raised[few];

__attribute__((noinline)) int sum_of_some() {
  int result = 0;
  for (int i = 0; i < few; ++i) {
    if (chosen[i] > 0) { result += some[i]; }  // <- here
  }
  return result;
}

__attribute__((noinline)) void raise_to(int by) {
  for (int i = 0; i < few; ++i) {
    if (chosen[i] > 0) { raised[i] += by; }  // <- here
  }
}

template <class T>
void use(T& element) {
  element += 1;  // <- and here
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
  use(cleared[333]);
  use(summed[334]);
  use(looked_up[77]);
  use(some[22]);
  use(raised[22]);
  other.join();
  return result;
}
