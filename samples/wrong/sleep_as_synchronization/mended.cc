// Settings are loaded by a task, which says when it has done so.
#include <tenter/tenter.h>

#include <cstdio>

namespace {
int port = 0;
}

int main() {
  return tenter::run([] {
    const auto loaded = tenter::make_chan<tenter::Unit>();
    tenter::go({.name = "loader"}, [loaded] {
      port = 8080;
      loaded.close();
    });
    loaded.recv();
    std::printf("port %d\n", port);
  });
}
