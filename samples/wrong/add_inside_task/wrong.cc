// Three pictures are saved, and the program waits for all of them.
#include <tenter/tenter.h>

#include <atomic>
#include <chrono>
#include <cstdio>

namespace {
tenter::WaitGroup saving;
std::atomic<int> saved = 0;
}  // namespace

int main() {
  return tenter::run([] {
    for (int i = 0; i < 3; ++i) {
      tenter::go({.name = "saver"}, [] {
        saving.add();  // wait() may have looked before
        ++saved;
        saving.done();
      });
    }
    saving.wait();
    std::printf("waited\n");
    tenter::sleep_for(std::chrono::milliseconds(10));  // other work
  });
}
