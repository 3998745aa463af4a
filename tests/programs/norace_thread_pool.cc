// A small pool of workers that hand results over through a locked queue and an atomic count.
// expect: nothing
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <queue>
#include <string>
#include <thread>
#include <vector>
class Pool {
 public:
  explicit Pool(int n) {
    for (int i = 0; i < n; ++i) workers_.emplace_back([this] { work(); });
  }
  ~Pool() {
    { std::lock_guard<std::mutex> lock(mutex_); closed_ = true; }
    changed_.notify_all();
    for (std::thread& worker : workers_) worker.join();
  }
  void submit(std::function<void()> job) {
    { std::lock_guard<std::mutex> lock(mutex_); jobs_.push(std::move(job)); }
    changed_.notify_one();
  }
 private:
  void work() {
    for (;;) {
      std::function<void()> job;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        changed_.wait(lock, [this] { return closed_ || !jobs_.empty(); });
        if (jobs_.empty()) return;
        job = std::move(jobs_.front());
        jobs_.pop();
      }
      job();
    }
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::queue<std::function<void()>> jobs_;
  bool closed_ = false;
  std::vector<std::thread> workers_;
};
int main() {
  std::vector<std::string> results(40);
  std::atomic<int> open{40};
  Pool pool(3);
  for (int i = 0; i < 40; ++i)
    pool.submit([&results, &open, i] {
      results[static_cast<std::size_t>(i)] = "result number " + std::to_string(i) + " of a good many";
      open.fetch_sub(1);
    });
  while (open.load() != 0) std::this_thread::yield();
  return results[39].empty() ? 1 : 0;
}
