// Four checks of a transaction run at once, and have three seconds together.
#include <tenter/tenter.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>

using namespace std::chrono_literals;

namespace {

constexpr auto limit = 3s;

struct Check {
  std::string name;
  std::function<bool(const tenter::Context&)> passes;
};

// A customer who is in a hurry comes with a context that ends sooner, and that counts, too.
std::string validate(const tenter::Context& customer, const std::array<Check, 4>& checks) {
  const auto [context, cancel] = tenter::with_timeout(customer, limit);
  const tenter::Context until = context;
  struct Verdict {
    std::string name;
    bool passed = false;
  };
  const auto verdicts = tenter::make_chan<Verdict>(checks.size());  // room for all: nobody waits for one that gave up
  for (const Check& check : checks) {
    tenter::go({.name = check.name}, [=] { verdicts.send({check.name, check.passes(until)}); });
  }
  std::string result;
  for (std::size_t i = 0; i < checks.size() && result.empty(); ++i) {
    tenter::select(tenter::on_recv(verdicts,
                                   [&](Verdict verdict) {
                                     if (!verdict.passed) { result = "refused by " + verdict.name; }
                                   }),
                   tenter::on_recv(until.done(), [&] { result = "not decided in time"; }));
  }
  if (result.empty() && until.err()) { result = "not decided in time"; }  // the last verdict came with the end
  cancel();
  return result.empty() ? "valid" : result;
}

bool passes(const tenter::Context& /*context*/) { return true; }
bool fails(const tenter::Context& /*context*/) { return false; }
bool hangs(const tenter::Context& context) {
  context.done().recv();
  return true;
}

}  // namespace

int main() {
  return tenter::run([] {
    const tenter::Context patient = tenter::background();
    const std::array<Check, 4> good = {
        {{"balance", passes}, {"limit", passes}, {"fraud", passes}, {"recipient", passes}}};
    const std::array<Check, 4> bad = {{{"balance", passes}, {"limit", passes}, {"fraud", fails}, {"recipient", hangs}}};
    const std::array<Check, 4> slow = {
        {{"balance", passes}, {"limit", hangs}, {"fraud", passes}, {"recipient", passes}}};
    std::printf("%s\n", validate(patient, good).c_str());
    std::printf("%s\n", validate(patient, bad).c_str());
    const auto [hurried, cancel] = tenter::with_timeout(patient, 20ms);
    std::printf("%s\n", validate(hurried, slow).c_str());
    cancel();
  });
}
