// A relaxed flag is atomic and orders nothing: the answer races, the flag does not.
// expect: data-race object=answer
// words: The atomic `ready` does not order them: thread 2 writes it (race_relaxed_publish.cc:13) after its access,
// words: reads it (race_relaxed_publish.cc:15) before its own, but the write is no release and the read is no acquire.
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
