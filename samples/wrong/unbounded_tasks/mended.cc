// A thousand pages are downloaded, a hundred at a time.
#include <tenter/tenter.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

int main() {
  return tenter::run([] {
    tenter::TaskGroup downloads;
    downloads.set_limit(100);  // go() waits while a hundred are on their way
    std::size_t most = 0;
    for (int page = 0; page < 1000; ++page) {
      downloads.go({.name = "download"}, [] {
        const std::vector<char> buffer(16 * 1024);
        tenter::sleep_for(std::chrono::milliseconds(10));
      });
      most = std::max(most, tenter::task_count() - 1);
    }
    downloads.wait();
    std::printf("1000 pages, more than two hundred at a time: %s\n", most > 200 ? "yes" : "no");
  });
}
