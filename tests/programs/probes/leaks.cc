// What goleak reports and should not, and gets right: both what find_leaks() says meanwhile (the status is 0 where that is
// right), and what the recording says in the end.
#include <initializer_list>
#include <vector>

#include "probe.h"

using namespace std::chrono_literals;
using tenter::Unit;

// What find() says while the task that `start` starts is still at work.
template <class Start>
bool clean_meanwhile(Start start) {
  tenter::LeakScope scope;
  scope.settle_limit(20ms);
  start();
  return scope.find().clean();
}

// expect: nothing
int sleeps_and_ends() {
  tenter::WaitGroup over;
  const bool clean = clean_meanwhile([&] { over.go([] { tenter::sleep_for(2s); }); });
  over.wait();
  return clean ? 0 : 1;
}

// expect: nothing
int waits_for_a_deadline() {
  auto [context, cancel] = tenter::with_timeout(tenter::background(), 1s);
  tenter::WaitGroup over;
  const bool clean = clean_meanwhile([&] { over.go([context = context] { (void)context.done().recv(); }); });
  over.wait();
  cancel();
  return clean ? 0 : 1;
}

// expect: nothing
int computes() {
  tenter::WaitGroup over;
  const bool clean = clean_meanwhile([&] {
    over.go([] {
      const auto end = std::chrono::steady_clock::now() + 1s;
      while (std::chrono::steady_clock::now() < end) {}
    });
  });
  over.wait();
  return clean ? 0 : 1;
}

// The pool was there before the work that is checked, and whoever owns it can still give it more.
// expect: nothing
int idles_in_a_pool() {
  auto jobs = tenter::make_chan<int>();
  auto results = tenter::make_chan<int>();
  tenter::WaitGroup work, pool;
  pool.go([jobs = tenter::RecvChan<int>(jobs), results = tenter::SendChan<int>(results)] {
    for (const int job : jobs) results.send(job + 1);
  });
  int result = 0;
  const bool clean = clean_meanwhile([&] {
    work.go([&] {
      jobs.send(1);
      result = results.recv().value_or(0);
    });
  });
  work.wait();
  jobs.close();
  pool.wait();
  return clean && result == 2 ? 0 : 1;
}

// expect: nothing
int ends_soon() {
  tenter::WaitGroup over;
  const bool clean = clean_meanwhile([&] { over.go([] { tenter::sleep_for(100ms); }); });
  over.wait();
  return clean ? 0 : 1;
}

// One finding, however many they are.
// expect: task-leak reason=send-no-receiver proof=proven count=1000
int thousand_senders() {
  constexpr std::size_t senders = 1000;
  auto answers = tenter::make_chan<int>();
  tenter::LeakScope scope;
  for (std::size_t i = 0; i < senders; ++i)
    tenter::go([answers = tenter::SendChan<int>(answers)] {
      answers.send(1);  // <- here
    });
  const tenter::LeakReport report = scope.find();
  return report.leaks().size() == 1 && report.count() == senders ? 0 : 1;
}

struct Probe {
  const char* name;
  int (*run)();
};
#define PROBE(name) \
  Probe { #name, name }

int main(int count, char** words) {
  const std::initializer_list<Probe> probes = {PROBE(sleeps_and_ends), PROBE(waits_for_a_deadline), PROBE(computes),
                                               PROBE(idles_in_a_pool), PROBE(ends_soon), PROBE(thousand_senders)};
  for (const Probe& probe : probes) {
    if (count >= 2 && std::strcmp(words[1], probe.name) == 0) return tenter::run(probe.run);
  }
  return 64;
}
