// A loop that the compiler turns into wide vector instructions stays visible.
// expect: data-race object=x
// needs: avx2
// flags: -O3 -mavx2
#include <thread>
constexpr int n = 1024;
float x[n], y[n];
__attribute__((noinline)) static void add() {
  for (int i = 0; i < n; ++i) x[i] += y[i];  // <- here
}
int main() {
  std::thread other(add);
  add();
  other.join();
}
