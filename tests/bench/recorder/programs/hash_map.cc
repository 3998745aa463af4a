// Two threads read and write one hash map under one mutex.  hash_map OPERATIONS
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <random>
#include <thread>
#include <unordered_map>

namespace {

std::mutex mutex;
std::unordered_map<std::uint32_t, std::uint64_t> map;

void work(std::size_t operations, unsigned seed) {
  std::minstd_rand random(seed);
  for (std::size_t i = 0; i < operations; ++i) {
    const auto key = static_cast<std::uint32_t>(random() % 20'000);
    const std::lock_guard hold(mutex);
    if (i % 4 == 0) {
      map[key] += i;
    } else if (const auto found = map.find(key); found != map.end()) {
      found->second += 1;
    }
  }
}

}  // namespace

int main(int, char** argv) {
  const std::size_t operations = std::strtoull(argv[1], nullptr, 10);
  std::thread other(work, operations / 2, 2);
  work(operations / 2, 1);
  other.join();
  std::printf("%zu\n", map.size());
}
