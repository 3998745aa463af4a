// A thousand tasks count page views, one at a time.
#include <tenter/tenter.h>

#include <cstdio>
#include <mutex>

namespace {
tenter::Mutex mutex;
int page_views = 0;  // guarded by mutex
}  // namespace

int main() {
  return tenter::run([] {
    tenter::WaitGroup visitors;
    for (int i = 0; i < 1000; ++i) {
      visitors.go([] {
        const std::lock_guard guard(mutex);
        ++page_views;
      });
    }
    visitors.wait();
    std::printf("%d page views\n", page_views);  // after wait() nobody counts any more
  });
}
