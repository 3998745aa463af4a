// The main task puts a value into a channel that has room for it.
#include <tenter/tenter.h>

#include <cstdio>

int main() {
  return tenter::run([] {
    const auto box = tenter::make_chan<int>(1);
    box.send(42);
    std::printf("%d\n", box.recv().value());
  });
}
