// Three stages, each a task that reads from one channel and writes to the next: numbers, their squares, the even ones.
#include <tenter/tenter.h>

#include <cstdio>

namespace {

// A stage makes its own channel, is the only one to send on it, and closes it: the end travels down the pipeline.
tenter::RecvChan<int> generate(int last) {
  const auto out = tenter::make_chan<int>();
  tenter::go({.name = "generate"}, [=] {
    for (int n = 1; n <= last; ++n) { out.send(n); }
    out.close();
  });
  return out;
}
tenter::RecvChan<int> square(tenter::RecvChan<int> in) {
  const auto out = tenter::make_chan<int>();
  tenter::go({.name = "square"}, [=] {
    for (const int n : in) { out.send(n * n); }
    out.close();
  });
  return out;
}
tenter::RecvChan<int> keep_even(tenter::RecvChan<int> in) {
  const auto out = tenter::make_chan<int>();
  tenter::go({.name = "keep even"}, [=] {
    for (const int n : in) {
      if (n % 2 == 0) { out.send(n); }
    }
    out.close();
  });
  return out;
}

}  // namespace

int main() {
  return tenter::run([] {
    for (const int n : keep_even(square(generate(8)))) { std::printf("%d\n", n); }
  });
}
