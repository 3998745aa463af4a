// An atomic bool does order the answer.
// expect: nothing
#include <atomic>
#include <thread>
std::atomic<bool> ready;
int answer;
int main() {
  std::thread producer([] {
    answer = 42;
    ready.store(true, std::memory_order_release);
  });
  while (!ready.load(std::memory_order_acquire)) {}
  const int seen = answer;
  producer.join();
  return seen == 42 ? 0 : 1;
}
