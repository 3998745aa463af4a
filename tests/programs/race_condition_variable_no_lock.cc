// The flag is set without the lock that its reader holds.
// expect: data-race object=ready
#include <condition_variable>
#include <mutex>
#include <thread>
std::mutex guard;
std::condition_variable changed;
bool ready;
int main() {
  std::thread consumer([] {
    std::unique_lock<std::mutex> lock(guard);
    while (!ready) changed.wait_for(lock, std::chrono::milliseconds(1));  // <- and here
  });
  ready = true;  // <- here
  changed.notify_one();
  consumer.join();
}
