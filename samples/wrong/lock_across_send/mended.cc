// A publisher tells a listener of each change, after it has let go of the lock.
#include <tenter/tenter.h>

#include <cstdio>
#include <mutex>

namespace {

tenter::Mutex mutex;
int total = 0;  // guarded by mutex

int add(int change) {
  const std::lock_guard guard(mutex);
  return total += change;
}

}  // namespace

int main() {
  return tenter::run([] {
    const auto totals = tenter::make_chan<int>();
    tenter::go({.name = "publisher"}, [totals] {
      for (const int change : {1, 2}) { totals.send(add(change)); }
      totals.close();
    });
    for (const int after : totals) {
      const std::lock_guard guard(mutex);
      std::printf("%d, and now at least as much: %d\n", after, total >= after);
    }
  });
}
