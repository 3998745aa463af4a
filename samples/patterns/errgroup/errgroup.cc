// A group of tasks that fails as one: the first exception cancels the others, and comes out of wait().
#include <tenter/tenter.h>

#include <array>
#include <cstdio>
#include <stdexcept>
#include <string>

namespace {

std::string fetch(const tenter::Context& context, const std::string& url) {
  if (url.ends_with("missing")) { throw std::runtime_error(url + ": 404"); }
  if (url.ends_with("slow")) { context.done().recv(); }  // gives up when another one has failed
  return "page of " + url;
}

void fetch_all(const std::array<std::string, 2>& urls) {
  tenter::TaskGroup group(tenter::background());
  std::array<std::string, 2> pages;
  for (std::size_t i = 0; i < urls.size(); ++i) {
    group.go({.name = urls[i]}, [&, i] { pages[i] = fetch(group.context(), urls[i]); });
  }
  try {
    group.wait();
    for (const std::string& page : pages) { std::printf("%s\n", page.c_str()); }
  } catch (const std::exception& error) { std::printf("failed: %s\n", error.what()); }
}

}  // namespace

int main() {
  return tenter::run([] {
    fetch_all({"example.com/a", "example.com/b"});
    fetch_all({"example.com/slow", "example.com/missing"});
  });
}
