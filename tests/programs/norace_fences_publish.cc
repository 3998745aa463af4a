// Relaxed accesses with a fence on either side do order the answer.
// expect: nothing
// levels: all
#include <atomic>
#include <thread>
std::atomic<bool> ready;
int answer;
int main() {
  std::thread producer([] {
    answer = 42;
    std::atomic_thread_fence(std::memory_order_release);
    ready.store(true, std::memory_order_relaxed);
  });
  while (!ready.load(std::memory_order_relaxed)) {}
  std::atomic_thread_fence(std::memory_order_acquire);
  const int seen = answer;
  producer.join();
  return seen == 42 ? 0 : 1;
}
