// Riders are matched with the nearest driver by a pool of matchers. A driver is given away once.
#include <tenter/tenter.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <vector>

namespace {

class Drivers {
 public:
  explicit Drivers(std::vector<int> places) : places_(std::move(places)) {}
  std::optional<int> take_nearest(int place) {
    const std::lock_guard guard(mutex_);
    const auto nearest = std::min_element(places_.begin(), places_.end(), [&](int left, int right) {
      return std::abs(left - place) < std::abs(right - place);
    });
    if (nearest == places_.end()) { return std::nullopt; }
    const int taken = *nearest;
    places_.erase(nearest);
    return taken;
  }

 private:
  tenter::Mutex mutex_;
  std::vector<int> places_;  // guarded by mutex_
};

}  // namespace

int main() {
  return tenter::run([] {
    Drivers drivers({10, 20, 30, 40, 50});
    const auto riders = tenter::make_chan<int>();
    std::array<std::vector<int>, 3> matched;  // each matcher has its own
    tenter::WaitGroup matchers;
    for (auto& mine : matched) {
      matchers.go({.name = "matcher"}, [&drivers, &mine, riders] {
        for (const int rider : riders) {
          if (const auto driver = drivers.take_nearest(rider)) { mine.push_back(*driver); }
        }
      });
    }
    for (const int rider : {12, 19, 33, 41, 55, 60, 70}) { riders.send(rider); }
    riders.close();
    matchers.wait();
    std::vector<int> taken;
    for (const auto& mine : matched) { taken.insert(taken.end(), mine.begin(), mine.end()); }
    std::sort(taken.begin(), taken.end());
    const bool once = std::adjacent_find(taken.begin(), taken.end()) == taken.end();
    std::printf("%zu of 7 riders have a driver, each driver once: %s\n", taken.size(), once ? "yes" : "no");
  });
}
