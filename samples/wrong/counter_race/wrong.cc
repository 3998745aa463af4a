// A thousand tasks count page views in one variable.
#include <tenter/tenter.h>

#include <cstdio>

namespace {
int page_views = 0;
}

int main() {
  return tenter::run([] {
    tenter::WaitGroup visitors;
    for (int i = 0; i < 1000; ++i) {
      visitors.go([] { ++page_views; });
    }
    visitors.wait();
    std::printf("%d page views\n", page_views);
  });
}
