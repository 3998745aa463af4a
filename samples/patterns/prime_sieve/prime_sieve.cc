// The concurrent sieve: each prime is a task that lets through what it does not divide.
#include <tenter/tenter.h>

#include <cstdio>
#include <string>

namespace {

// Sends to `out` until nobody wants more.
void pass_on(const tenter::SendChan<int>& out, int value, const tenter::RecvChan<tenter::Unit>& enough, bool& stop) {
  tenter::select(tenter::on_send(out, value), tenter::on_recv(enough, [&] { stop = true; }));
}

}  // namespace

int main() {
  return tenter::run([] {
    const auto enough = tenter::make_chan<tenter::Unit>();
    tenter::WaitGroup tasks;
    auto numbers = tenter::make_chan<int>();
    tasks.go({.name = "numbers"}, [out = numbers, enough] {
      bool stop = false;
      for (int n = 2; !stop; ++n) { pass_on(out, n, enough, stop); }
    });
    for (int i = 0; i < 10; ++i) {
      const int prime = numbers.recv().value();
      std::printf("%d\n", prime);
      const auto filtered = tenter::make_chan<int>();
      tasks.go({.name = "filter " + std::to_string(prime)}, [in = numbers, out = filtered, prime, enough] {
        for (bool stop = false; !stop;) {
          tenter::select(tenter::on_recv(in,
                                         [&](int n) {
                                           if (n % prime != 0) { pass_on(out, n, enough, stop); }
                                         }),
                         tenter::on_recv(enough, [&] { stop = true; }));
        }
      });
      numbers = filtered;
    }
    enough.close();
    tasks.wait();
  });
}
