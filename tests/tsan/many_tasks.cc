// Ten thousand tasks that live at the same time, each of which hands on what it was given; then as many on their stacks.
#include <cstdio>

#include <tenter/tenter.h>

constexpr int count = 10'000;

int main() {
  return tenter::run([] {
    auto in = tenter::make_chan<int>();
    auto out = tenter::make_chan<int>();
    for (int i = 0; i < count; ++i) {
      tenter::go([=] { out.send(in.recv().value()); });
    }
    for (int i = 0; i < count; ++i) { in.send(i); }
    long sum = 0;
    for (int i = 0; i < count; ++i) { sum += out.recv().value(); }
    int each[64] = {};
    tenter::WaitGroup done;
    for (int i = 0; i < count; ++i) {
      done.go([&each, i] {
        if (i < 64) { each[i] = i; }
      });
    }
    done.wait();
    for (const int value : each) { sum += value; }
    std::printf("%ld\n", sum);
  });
}
