// The main task puts a question into a channel and waits for the answer.
#include <tenter/tenter.h>

#include <cstdio>

int main() {
  return tenter::run([] {
    const auto box = tenter::make_chan<int>();
    box.send(42);  // waits until somebody receives, and the only one who would comes here later
    std::printf("%d\n", box.recv().value());
  });
}
