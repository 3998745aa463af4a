// Atomics that no instruction serves, and those of 16 bytes: both compilers call libatomic for some, and the callbacks for
// others, on the same object.
// expect: nothing
// flags: -latomic
// levels: all
#include <atomic>
#include <thread>

struct Three {
  int a, b, c;
};
struct alignas(16) Pair {
  long first, second;
};
static std::atomic<Three> three{};
static std::atomic<Pair> pair{};
static std::atomic<Three> swapped{};
static int by_store, by_exchange, by_compare, by_pair, by_pair_compare;

static void give() {
  by_store = 1;
  three.store({1, 2, 3}, std::memory_order_release);
  by_exchange = 2;
  swapped.exchange({1, 0, 0}, std::memory_order_acq_rel);
  by_compare = 3;
  Three expected = swapped.load(std::memory_order_relaxed);
  while (!swapped.compare_exchange_strong(expected, {2, 0, 0})) {}
  by_pair = 4;
  pair.store({1, 1}, std::memory_order_release);
  by_pair_compare = 5;
  Pair wanted = pair.load(std::memory_order_relaxed);
  while (!pair.compare_exchange_weak(wanted, {2, 2}, std::memory_order_acq_rel)) {}
}

int main() {
  std::thread giver(give);
  int wrong = 0;
  while (three.load(std::memory_order_acquire).c != 3) std::this_thread::yield();
  wrong += by_store - 1;
  while (swapped.load(std::memory_order_acquire).a == 0) std::this_thread::yield();
  wrong += by_exchange - 2;
  while (swapped.load(std::memory_order_acquire).a != 2) std::this_thread::yield();
  wrong += by_compare - 3;
  while (pair.load(std::memory_order_acquire).second == 0) std::this_thread::yield();
  wrong += by_pair - 4;
  while (pair.load(std::memory_order_acquire).second != 2) std::this_thread::yield();
  wrong += by_pair_compare - 5;
  giver.join();
  return wrong;
}
