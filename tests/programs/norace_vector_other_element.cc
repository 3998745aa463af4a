// Two slices of a vector that touch and do not overlap.
// expect: nothing
#include <cstddef>
#include <thread>
#include <vector>
int main() {
  std::vector<int> numbers(100);
  int* data = numbers.data();
  std::thread lower([=] { for (std::size_t i = 0; i < 50; ++i) data[i] = 1; });
  for (std::size_t i = 50; i < 100; ++i) data[i] = 2;
  lower.join();
}
