// Data is fetched from a slow service. Both channels have room for the one value that may come when nobody listens any more.
#include <tenter/tenter.h>

#include <chrono>
#include <cstdio>
#include <string>

using namespace std::chrono_literals;

namespace {

std::string fetch_data(const tenter::Context& context) {
  const auto result = tenter::make_chan<std::string>(1);
  const auto error = tenter::make_chan<std::string>(1);
  tenter::go({.name = "fetcher"}, [=] {
    tenter::sleep_for(200ms);
    result.send("data");
  });
  std::string answer;
  tenter::select(tenter::on_recv(result, [&](std::string data) { answer = data; }),
                 tenter::on_recv(error, [&](std::string what) { answer = "failed: " + what; }),
                 tenter::on_recv(context.done(), [&] { answer = "timed out"; }));
  return answer;
}

}  // namespace

int main() {
  return tenter::run([] {
    const auto [context, cancel] = tenter::with_timeout(tenter::background(), 50ms);
    std::printf("%s\n", fetch_data(context).c_str());
    cancel();
    tenter::sleep_for(300ms);
    tenter::expect_no_leaks();
  });
}
