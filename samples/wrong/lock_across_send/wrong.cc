// A publisher tells a listener of each change while it holds the lock that guards the changes.
#include <tenter/tenter.h>

#include <cstdio>
#include <mutex>

namespace {
tenter::Mutex mutex;
int total = 0;  // guarded by mutex
}  // namespace

int main() {
  return tenter::run([] {
    const auto changes = tenter::make_chan<int>();
    tenter::go({.name = "publisher"}, [changes] {
      const std::lock_guard guard(mutex);
      for (const int change : {1, 2}) {
        total += change;
        changes.send(change);
      }
      changes.close();
    });
    for (const int change : changes) {
      const std::lock_guard guard(mutex);  // the publisher has it, and waits for us
      std::printf("%d, together %d\n", change, total);
    }
  });
}
