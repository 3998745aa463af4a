// A context says when to stop, and carries what belongs to a request, through every call that works for it.
#include <tenter/tenter.h>

#include <chrono>
#include <cstdio>
#include <string>

using namespace std::chrono_literals;

namespace {

struct UserKey {
  bool operator==(const UserKey&) const = default;
};

// A service that never answers: whoever calls it waits until the context has enough.
std::string call_slow_service(const tenter::Context& context) {
  const auto answer = tenter::make_chan<std::string>();
  std::string result;
  tenter::select(tenter::on_recv(answer, [&](std::string text) { result = text; }),
                 tenter::on_recv(context.done(), [&] { result = context.err().message(); }));
  return result;
}

}  // namespace

int main() {
  return tenter::run([] {
    {
      const auto [context, cancel] = tenter::with_timeout(tenter::background(), 20ms);
      std::printf("timeout: %s\n", call_slow_service(context).c_str());
      cancel();  // always, also when it is over already
    }
    {
      const auto [context, cancel] = tenter::with_deadline(tenter::background(), tenter::now() + 20ms);
      std::printf("deadline: %s\n", call_slow_service(context).c_str());
      cancel();
    }
    {
      const auto [context, cancel] = tenter::with_cancel(tenter::background());
      tenter::WaitGroup user;
      user.go({.name = "user"}, [stop = cancel] { stop(); });  // has closed the window
      std::printf("cancel: %s\n", call_slow_service(context).c_str());
      user.wait();
    }
    const auto request = tenter::with_value(tenter::background(), UserKey{}, std::string("anna"));
    const auto [query, cancel] = tenter::with_timeout(request, 1h);  // knows what it was derived from
    std::printf("value: %s\n", query.value<std::string>(UserKey{}).value_or("nobody").c_str());
    cancel();
  });
}
