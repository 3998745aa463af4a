// Somebody counts until told to stop, on a channel that goes the other way.
#include <tenter/tenter.h>

#include <cstdio>

int main() {
  return tenter::run([] {
    const auto numbers = tenter::make_chan<int>();
    const auto enough = tenter::make_chan<tenter::Unit>();
    tenter::WaitGroup counter;
    counter.go({.name = "counter"}, [numbers, enough] {
      bool stop = false;
      for (int n = 1; !stop; ++n) {
        tenter::select(tenter::on_send(numbers, n), tenter::on_recv(enough, [&] { stop = true; }));
      }
      numbers.close();  // who sends closes
    });
    int sum = 0;
    for (const int n : numbers) {
      sum += n;
      if (n == 10) { break; }
    }
    enough.close();
    std::printf("%d\n", sum);
    counter.wait();
  });
}
