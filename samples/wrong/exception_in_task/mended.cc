// Prices are read from text, a task for each, in a group that fails as one.
#include <tenter/tenter.h>

#include <atomic>
#include <cstdio>
#include <stdexcept>
#include <string>

namespace {

int price_of(const std::string& text) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos) { throw std::invalid_argument(text); }
  int price = 0;
  for (const char digit : text) { price = price * 10 + (digit - '0'); }
  return price;
}

}  // namespace

int main() {
  return tenter::run([] {
    std::atomic<int> sum = 0;
    tenter::TaskGroup readers;
    for (const char* text : {"12", "7", "a lot"}) {
      readers.go({.name = "reader"}, [&sum, text] { sum += price_of(text); });
    }
    try {
      readers.wait();
      std::printf("%d\n", sum.load());
    } catch (const std::exception& error) { std::printf("not a price: %s\n", error.what()); }
  });
}
