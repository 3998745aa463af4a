// Settings are loaded by a task. Ten milliseconds will do.
#include <tenter/tenter.h>

#include <chrono>
#include <cstdio>

namespace {
int port = 0;
}

int main() {
  return tenter::run([] {
    tenter::go({.name = "loader"}, [] { port = 8080; });
    tenter::sleep_for(std::chrono::milliseconds(10));
    std::printf("port %d\n", port);
  });
}
