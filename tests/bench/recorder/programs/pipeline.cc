// Eight tasks of our library hand numbers on through channels; two workers.  pipeline ITEMS
#include <tenter/tenter.h>

#include <cstdio>
#include <cstdlib>

int main(int, char** argv) {
  const long items = std::strtol(argv[1], nullptr, 10);
  return tenter::run([items] {
    tenter::set_max_workers(2);
    const auto first = tenter::make_chan<long>(16);
    auto last = first;
    for (int stage = 0; stage < 8; ++stage) {
      const auto next = tenter::make_chan<long>(16);
      tenter::go([from = last, next] {
        for (const long value : from) { next.send(value + 1); }
        next.close();
      });
      last = next;
    }
    tenter::go([first, items] {
      for (long i = 0; i < items; ++i) { first.send(i); }
      first.close();
    });
    long sum = 0;
    for (const long value : last) { sum += value; }
    std::printf("%ld\n", sum);
    return 0;
  });
}
