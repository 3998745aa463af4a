// Data that only one task can reach needs no lock. Two ways to see to that.
#include <tenter/tenter.h>

#include <cstdio>
#include <vector>

namespace {

// By scope: nobody but this function's task has the sending side.
tenter::RecvChan<int> countdown(int from) {
  const auto out = tenter::make_chan<int>();
  tenter::go({.name = "countdown"}, [=] {
    for (int n = from; n > 0; --n) { out.send(n); }
    out.close();
  });
  return out;
}

// By index: each task has an element of its own, and the vector does not change its size meanwhile.
std::vector<int> squares(int n) {
  std::vector<int> results(static_cast<std::size_t>(n));
  tenter::WaitGroup tasks;
  for (std::size_t i = 0; i < results.size(); ++i) {
    tasks.go([&results, i] { results[i] = static_cast<int>(i * i); });
  }
  tasks.wait();
  return results;
}

}  // namespace

int main() {
  return tenter::run([] {
    for (const int n : countdown(3)) { std::printf("%d...\n", n); }
    for (const int n : squares(4)) { std::printf("%d\n", n); }
  });
}
