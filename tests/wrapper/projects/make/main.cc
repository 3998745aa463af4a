#include <thread>

#include "counter.h"
int main() {
  std::thread other(count_one);
  count_one();
  other.join();
}
