// A price is watched in the background while a page is shown.
#include <tenter/tenter.h>

#include <cstdio>

namespace {

void show_page() {
  const tenter::Context context = tenter::with_cancel(tenter::background()).first;  // and nobody keeps the second
  tenter::go({.name = "price watcher"}, [context] { context.done().recv(); });
  std::printf("the page\n");
}

}  // namespace

int main() {
  return tenter::run([] {
    show_page();
    tenter::yield();
  });
}
