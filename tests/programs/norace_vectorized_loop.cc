// Two threads add with wide vector instructions, each to its half: no vector reaches into the other's.
// expect: nothing
// needs: avx2
// flags: -O3 -mavx2
#include <thread>
constexpr int n = 1022;
alignas(64) float x[n], y[n];
__attribute__((noinline)) static void add(int from, int to) {
  for (int i = from; i < to; ++i) x[i] += y[i];
}
int main() {
  std::thread other(add, 0, n / 2);
  add(n / 2, n);
  other.join();
}
