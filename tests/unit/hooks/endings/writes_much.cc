// status 0; recordings 1; complete
// Some megabytes of events that do not compress to nothing.
#include <vector>

#include "work.h"

std::vector<int> numbers(1 << 20);

int main() {
  work();
  unsigned state = 1;
  for (int i = 0; i < 300'000; ++i) {
    state = state * 1664525u + 1013904223u;
    ++numbers[(state >> 8) % numbers.size()];
  }
  return 0;
}
