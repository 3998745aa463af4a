// A price is watched in the background for as long as a page is shown.
#include <tenter/tenter.h>

#include <cstdio>

namespace {

void show_page() {
  const auto [page, cancel] = tenter::with_cancel(tenter::background());
  tenter::WaitGroup background;
  background.go({.name = "price watcher"}, [context = page] { context.done().recv(); });
  std::printf("the page\n");
  cancel();
  background.wait();
}

}  // namespace

int main() {
  return tenter::run([] { show_page(); });
}
