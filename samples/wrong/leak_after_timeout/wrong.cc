// Data is fetched from a slow service, and the caller does not wait for longer than its context lets it.
#include <tenter/tenter.h>

#include <chrono>
#include <cstdio>
#include <string>

using namespace std::chrono_literals;

namespace {

std::string fetch_data(const tenter::Context& context) {
  const auto result = tenter::make_chan<std::string>();
  const auto error = tenter::make_chan<std::string>();
  tenter::go({.name = "fetcher"}, [=] {
    tenter::sleep_for(200ms);  // the service is slow today
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
    tenter::sleep_for(300ms);  // other work
  });
}
