// Three pictures are saved, and the program waits for all of them.
#include <tenter/tenter.h>

#include <atomic>
#include <cstdio>

namespace {
tenter::WaitGroup saving;
std::atomic<int> saved = 0;
}  // namespace

int main() {
  return tenter::run([] {
    for (int i = 0; i < 3; ++i) {
      saving.go({.name = "saver"}, [] { ++saved; });  // counted before the task exists
    }
    saving.wait();
    std::printf("waited for %d\n", saved.load());
  });
}
