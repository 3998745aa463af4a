// Two threads sort a half of the numbers each; then the halves are merged.  parallel_sort COUNT
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>
#include <vector>

int main(int, char** argv) {
  const std::size_t count = std::strtoull(argv[1], nullptr, 10);
  std::vector<std::uint32_t> numbers(count);
  std::minstd_rand random(1);
  for (auto& number : numbers) { number = static_cast<std::uint32_t>(random()); }
  const auto middle = numbers.begin() + static_cast<std::ptrdiff_t>(count / 2);
  std::thread other([&] { std::sort(middle, numbers.end()); });
  std::sort(numbers.begin(), middle);
  other.join();
  std::inplace_merge(numbers.begin(), middle, numbers.end());
  std::printf("%s\n", std::is_sorted(numbers.begin(), numbers.end()) ? "sorted" : "not sorted");
}
