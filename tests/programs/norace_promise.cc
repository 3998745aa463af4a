// A promise hands the answer over.
// expect: nothing
#include <future>
#include <thread>
int answer;
int main() {
  std::promise<void> promise;
  std::future<void> future = promise.get_future();
  std::thread other([&promise] {
    answer = 42;
    promise.set_value();
  });
  future.get();
  const int seen = answer;
  other.join();
  return seen == 42 ? 0 : 1;
}
