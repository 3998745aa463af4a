// once_value: copying the function and letting go of a copy order nothing.
// expect: data-race object=total
#include <optional>

#include <tenter/tenter.h>

#include "gate.h"

int total;
Gate dropped;

int main() {
  return tenter::run([] {
    const auto value = tenter::once_value([] { return 5; });
    tenter::WaitGroup group;
    group.go([&value] {
      total = 1;  // <- here
      { const auto copy = value; }
      dropped.open();
    });
    group.go([&value] {
      while (!dropped.is_open()) tenter::yield();
      { const auto copy = value; }
      total = 2;  // <- and here
    });
    group.wait();
    return 0;
  });
}
