// Three tasks add up their numbers. Each has its own copy.
#include <tenter/tenter.h>

#include <atomic>
#include <cstdio>

int main() {
  return tenter::run([] {
    std::atomic<int> sum = 0;
    tenter::WaitGroup tasks;
    for (int i = 1; i <= 3; ++i) {
      tasks.go({.name = "adder"}, [&sum, i] { sum += i; });
    }
    tasks.wait();
    std::printf("1 + 2 + 3 = %d\n", sum.load());
  });
}
