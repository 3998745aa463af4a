// A counter behind a mutex, and request statistics that many read and few write.
#include <tenter/tenter.h>

#include <cstdio>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <string>

namespace {

class Counter {
 public:
  void add() {
    const std::lock_guard guard(mutex_);
    ++value_;
  }
  int value() const {
    const std::lock_guard guard(mutex_);
    return value_;
  }

 private:
  mutable tenter::Mutex mutex_;
  int value_ = 0;  // guarded by mutex_
};

class RequestStatistics {
 public:
  void record(const std::string& path) {
    const std::lock_guard writer(mutex_);
    ++requests_[path];
  }
  int of(const std::string& path) const {
    const std::shared_lock reader(mutex_);  // readers do not keep each other out
    const auto found = requests_.find(path);
    return found == requests_.end() ? 0 : found->second;
  }

 private:
  mutable tenter::RWMutex mutex_;
  std::map<std::string, int> requests_;  // guarded by mutex_
};

}  // namespace

int main() {
  return tenter::run([] {
    Counter counter;
    RequestStatistics statistics;
    tenter::WaitGroup requests;
    for (int i = 0; i < 100; ++i) {
      requests.go([&, i] {
        counter.add();
        statistics.record(i % 4 == 0 ? "/" : "/search");
        if (statistics.of("/") > 100) { std::puts("more requests than there were"); }
      });
    }
    requests.wait();
    std::printf("%d requests: %d for /, %d for /search\n", counter.value(), statistics.of("/"),
                statistics.of("/search"));
  });
}
