// A loop around a select: values are collected as they come, and written out at every tick.
#include <tenter/tenter.h>

#include <chrono>
#include <cstdio>
#include <utility>

int main() {
  return tenter::run([] {
    const auto values = tenter::make_chan<int>();
    const auto done = tenter::make_chan<tenter::Unit>();
    const auto written = tenter::make_chan<int>();
    tenter::WaitGroup collector;
    collector.go({.name = "collector"}, [=] {
      tenter::Ticker ticker(std::chrono::milliseconds(1));
      int sum = 0;
      for (bool running = true; running;) {
        tenter::select(tenter::on_recv(values, [&](int value) { sum += value; }),
                       tenter::on_recv(ticker.channel(),
                                       [&] {
                                         if (sum > 0) { written.send(std::exchange(sum, 0)); }
                                       }),
                       tenter::on_recv(done, [&] { running = false; }));
      }
      ticker.stop();
    });
    int total = 0;
    for (int round = 1; round <= 3; ++round) {
      values.send(10 * round);
      total += written.recv().value();  // comes with the next tick
      std::printf("after tick %d: %d\n", round, total);
    }
    done.close();
    collector.wait();
  });
}
