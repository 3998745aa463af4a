// A relaxed flag is atomic and orders nothing: the answer races, the flag does not.
// expect: data-race object=answer
// levels: all
#include <atomic>
#include <thread>
std::atomic<bool> ready;
int answer;
int main() {
  std::thread producer([] {
    answer = 42;  // <- here
    ready.store(true, std::memory_order_relaxed);
  });
  while (!ready.load(std::memory_order_relaxed)) {}
  const int seen = answer;  // <- and here
  producer.join();
  return seen == 42 ? 0 : 1;
}
