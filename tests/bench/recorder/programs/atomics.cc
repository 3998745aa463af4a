// Two threads count on one atomic, push to and pop from a stack by compare-exchange, and look at a flag.
//   atomics ROUNDS
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace {

constexpr std::uint32_t node_count = 64;
std::atomic<std::uint64_t> counter;
std::atomic<bool> stop;
std::atomic<std::uint64_t> top;  // a count against reuse above, an index + 1 below
std::atomic<std::uint32_t> next_of[node_count];

std::uint32_t pop() {
  std::uint64_t seen = top.load(std::memory_order_acquire);
  while (static_cast<std::uint32_t>(seen) != 0) {
    const std::uint32_t next = next_of[static_cast<std::uint32_t>(seen) - 1].load(std::memory_order_relaxed);
    const std::uint64_t desired = ((seen >> 32) + 1) << 32 | next;
    if (top.compare_exchange_weak(seen, desired, std::memory_order_acq_rel, std::memory_order_acquire)) {
      return static_cast<std::uint32_t>(seen);
    }
  }
  return 0;
}

void push(std::uint32_t node) {
  std::uint64_t seen = top.load(std::memory_order_relaxed);
  std::uint64_t desired = 0;
  do {
    next_of[node - 1].store(static_cast<std::uint32_t>(seen), std::memory_order_relaxed);
    desired = (seen >> 32) << 32 | node;
  } while (!top.compare_exchange_weak(seen, desired, std::memory_order_acq_rel, std::memory_order_relaxed));
}

void work(std::size_t rounds) {
  for (std::size_t i = 0; i < rounds && !stop.load(std::memory_order_acquire); ++i) {
    counter.fetch_add(1, std::memory_order_relaxed);
    if (const std::uint32_t node = pop(); node != 0) { push(node); }
    counter.fetch_sub(1, std::memory_order_acq_rel);
  }
}

}  // namespace

int main(int, char** argv) {
  const std::size_t rounds = std::strtoull(argv[1], nullptr, 10);
  for (std::uint32_t node = 1; node <= node_count; ++node) { push(node); }
  std::thread other(work, rounds / 2);
  work(rounds / 2);
  other.join();
  std::printf("%llu\n", static_cast<unsigned long long>(counter.load()));
}
