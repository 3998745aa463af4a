// Somebody counts, and somebody listens until there was enough.
#include <tenter/tenter.h>

#include <cstdio>

int main() {
  return tenter::run([] {
    const auto numbers = tenter::make_chan<int>();
    tenter::WaitGroup counter;
    counter.go({.name = "counter"}, [numbers] {
      for (int n = 1;; ++n) { numbers.send(n); }
    });
    int sum = 0;
    for (const int n : numbers) {
      sum += n;
      if (n == 10) { break; }
    }
    numbers.close();  // "I need no more"
    std::printf("%d\n", sum);
    counter.wait();
  });
}
