// A product page asks four services at once, and takes as long as the slowest, not as long as all together.
#include <tenter/tenter.h>

#include <chrono>
#include <cstdio>
#include <string>

using namespace std::chrono_literals;

namespace {

std::string ask(const std::string& service, tenter::Duration takes) {
  tenter::sleep_for(takes);
  return service;
}

}  // namespace

int main() {
  return tenter::run([] {
    const auto start = tenter::now();
    std::string details, price, reviews, similar;
    tenter::TaskGroup services;
    services.go({.name = "details"}, [&] { details = ask("details", 40ms); });
    services.go({.name = "price"}, [&] { price = ask("price", 60ms); });
    services.go({.name = "reviews"}, [&] { reviews = ask("reviews", 100ms); });
    services.go({.name = "similar"}, [&] { similar = ask("similar", 80ms); });
    services.wait();
    const auto took = tenter::now() - start;
    std::printf("%s, %s, %s, %s\n", details.c_str(), price.c_str(), reviews.c_str(), similar.c_str());
    std::printf("not sooner than the slowest: %s\n", took >= 100ms ? "yes" : "no");
    std::fprintf(stderr, "in %lld ms; one after the other it would have been 280 ms\n",
                 static_cast<long long>(std::chrono::duration_cast<std::chrono::milliseconds>(took).count()));
  });
}
