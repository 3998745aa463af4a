// Two threads allocate, fill and free blocks and small trees.  allocations ROUNDS
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace {

std::size_t work(std::size_t rounds, unsigned seed) {
  std::minstd_rand random(seed);
  std::vector<std::unique_ptr<std::uint64_t[]>> blocks(256);
  std::map<std::uint32_t, std::string> names;
  std::size_t sum = 0;
  for (std::size_t i = 0; i < rounds; ++i) {
    auto& block = blocks[random() % blocks.size()];
    const std::size_t words = 1 + random() % 16;
    block = std::make_unique<std::uint64_t[]>(words);
    block[words / 2] = i;
    if (i % 8 == 0) {
      names[static_cast<std::uint32_t>(random() % 512)] = std::string(32, 'x');
      names.erase(static_cast<std::uint32_t>(random() % 512));
    }
    sum += block[0] + names.size();
  }
  return sum;
}

}  // namespace

int main(int, char** argv) {
  const std::size_t rounds = std::strtoull(argv[1], nullptr, 10);
  std::size_t sums[2] = {};
  std::thread other([&] { sums[1] = work(rounds / 2, 2); });
  sums[0] = work(rounds / 2, 1);
  other.join();
  std::printf("%zu\n", sums[0] + sums[1]);
}
