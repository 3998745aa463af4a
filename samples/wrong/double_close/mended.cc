// Two sensors measure. The first says that there is something to see by closing a channel.
#include <tenter/tenter.h>

#include <atomic>
#include <cstdio>

int main() {
  return tenter::run([] {
    const auto something = tenter::make_chan<tenter::Unit>();
    std::atomic<int> sum = 0;
    tenter::Once first;
    tenter::WaitGroup sensors;
    for (const int reading : {20, 30}) {
      sensors.go({.name = "sensor"}, [something, &sum, &first, reading] {
        sum += reading;
        first.call([&] { something.close(); });
      });
    }
    something.recv();
    sensors.wait();
    std::printf("%d\n", sum.load());
  });
}
