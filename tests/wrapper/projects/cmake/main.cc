#include <thread>

#include "counter.h"
bool anything_counted();
int main() {
  std::thread other(count_one);
  count_one();
  other.join();
  return anything_counted() ? 0 : 1;
}
