// A monitor listens to as many channels as there are sensors, which is known only when the program runs.
#include <tenter/tenter.h>

#include <cstdio>
#include <optional>
#include <vector>

int main() {
  return tenter::run([] {
    constexpr std::size_t sensors = 5;
    std::vector<tenter::Chan<int>> readings;
    for (std::size_t i = 0; i < sensors; ++i) {
      readings.push_back(tenter::make_chan<int>());
      tenter::go({.name = "sensor"}, [out = readings.back(), i] {
        for (int n = 0; n < 3; ++n) { out.send(static_cast<int>(i)); }
        out.close();
      });
    }
    std::vector<int> heard(sensors, 0);
    for (std::size_t open = sensors; open > 0;) {
      tenter::Selector any;
      for (std::size_t i = 0; i < sensors; ++i) {
        any.recv(readings[i], [&, i](std::optional<int> reading) {
          if (reading) {
            ++heard[i];
          } else {
            readings[i] = {};  // the nil channel is never ready: this sensor is through
            --open;
          }
        });
      }
      any.wait();
    }
    for (std::size_t i = 0; i < sensors; ++i) { std::printf("sensor %zu: %d readings\n", i, heard[i]); }
  });
}
