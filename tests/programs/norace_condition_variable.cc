// A queue as in the textbook.
// expect: nothing
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
std::mutex guard;
std::condition_variable not_empty;
std::deque<int> queue;
int main() {
  std::thread consumer([] {
    for (int taken = 0; taken < 30; ++taken) {
      std::unique_lock<std::mutex> lock(guard);
      not_empty.wait(lock, [] { return !queue.empty(); });
      queue.pop_front();
    }
  });
  for (int i = 0; i < 30; ++i) {
    { std::lock_guard<std::mutex> lock(guard); queue.push_back(i); }
    not_empty.notify_one();
  }
  consumer.join();
}
