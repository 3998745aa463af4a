// The same objects, with orders that hand nothing over.
// expect: data-race object=by_relaxed_three
// expect: data-race object=by_relaxed_pair
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
int by_relaxed_three, by_relaxed_pair;

int main() {
  std::thread giver([] {
    by_relaxed_three = 1;  // <- here
    three.store({1, 2, 3}, std::memory_order_relaxed);
    by_relaxed_pair = 1;  // <- here
    pair.store({1, 1}, std::memory_order_relaxed);
  });
  while (three.load(std::memory_order_acquire).c != 3) std::this_thread::yield();
  by_relaxed_three = 2;  // <- here
  while (pair.load(std::memory_order_acquire).second != 1) std::this_thread::yield();
  by_relaxed_pair = 2;  // <- here
  giver.join();
}
