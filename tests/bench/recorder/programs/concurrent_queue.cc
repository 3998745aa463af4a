// One thread enqueues, another dequeues, on the lock-free queue of Debian's libconcurrentqueue-dev.
//   concurrent_queue ITEMS
#include <concurrentqueue/concurrentqueue.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

int main(int, char** argv) {
  const std::size_t items = std::strtoull(argv[1], nullptr, 10);
  moodycamel::ConcurrentQueue<std::size_t> queue;
  std::size_t sum = 0;
  std::thread consumer([&] {
    std::size_t buffer[32];
    for (std::size_t received = 0; received < items;) {
      const std::size_t got = queue.try_dequeue_bulk(buffer, 32);
      for (std::size_t i = 0; i < got; ++i) { sum += buffer[i]; }
      received += got;
      if (got == 0) { std::this_thread::yield(); }
    }
  });
  const moodycamel::ProducerToken token(queue);
  for (std::size_t i = 0; i < items; ++i) { queue.enqueue(token, i); }
  consumer.join();
  std::printf("%zu\n", sum);
}
