// Closing a channel tells everybody at once, however many they are.
#include <tenter/tenter.h>

#include <atomic>
#include <cstdio>

int main() {
  return tenter::run([] {
    const auto stop = tenter::make_chan<tenter::Unit>();
    const auto ready = tenter::make_chan<tenter::Unit>();
    std::atomic<int> stopped = 0;
    tenter::WaitGroup watchers;
    for (int i = 0; i < 10; ++i) {
      watchers.go({.name = "watcher"}, [&stopped, stop, ready] {
        ready.send({});
        stop.recv();  // returns for all ten, now and for whoever asks later
        ++stopped;
      });
    }
    for (int i = 0; i < 10; ++i) { ready.recv(); }
    stop.close();
    watchers.wait();
    std::printf("%d watchers stopped\n", stopped.load());
  });
}
