// One program of what the standard library offers to threads besides locks: pools that stop by token, results that carry
// exceptions, phases, streams, files, expressions. All of it is used as it is meant to be.
// expect: nothing
// std: c++20
#include <unistd.h>

#include <atomic>
#include <barrier>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <iostream>
#include <latch>
#include <memory>
#include <mutex>
#include <regex>
#include <semaphore>
#include <sstream>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

static constexpr int threads = 4;

template <class F>
static void on_all(F work) {
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i) all.emplace_back(work, i);
  for (std::thread& one : all) one.join();
}

class Pool {
 public:
  Pool() {
    for (int i = 0; i < threads; ++i) workers_.emplace_back([this](std::stop_token stop) { work(stop); });
  }
  ~Pool() {
    for (std::jthread& worker : workers_) worker.request_stop();
  }
  template <class F>
  auto submit(F job) {
    auto task = std::make_shared<std::packaged_task<decltype(job())()>>(std::move(job));
    auto result = task->get_future();
    {
      std::lock_guard lock(mutex_);
      jobs_.emplace_back([task] { (*task)(); });
    }
    ready_.notify_one();
    return result;
  }

 private:
  void work(const std::stop_token& stop) {
    for (;;) {
      std::function<void()> job;
      {
        std::unique_lock lock(mutex_);
        if (!ready_.wait(lock, stop, [&] { return !jobs_.empty(); })) return;
        job = std::move(jobs_.front());
        jobs_.pop_front();
      }
      job();
    }
  }

  std::mutex mutex_;
  std::condition_variable_any ready_;
  std::deque<std::function<void()>> jobs_;
  std::vector<std::jthread> workers_;
};

static long pooled_results() {
  long sum = 0;
  Pool pool;
  auto shared = std::make_shared<std::vector<int>>(20, 2);
  std::vector<std::future<int>> results;
  for (int i = 0; i < 20; ++i)
    results.push_back(pool.submit([i, shared] {
      if (i == 7) throw std::runtime_error("seven");
      return (*shared)[static_cast<std::size_t>(i)];
    }));
  shared.reset();
  for (std::future<int>& result : results) try {
      sum += result.get();
    } catch (const std::runtime_error& error) { sum += static_cast<long>(std::string(error.what()).size()); }
  return sum - 43;
}

static long phases() {
  int before[threads] = {}, after[threads] = {}, completed = 0;
  std::barrier barrier(threads, [&]() noexcept { ++completed; });
  std::latch latch(threads);
  std::counting_semaphore<threads> items(0);
  std::binary_semaphore turn(1);
  int item = 0, taken = 0;
  std::thread producer([&] {
    item = 9;
    items.release(threads);
  });
  on_all([&](int i) {
    before[i] = i;
    barrier.arrive_and_wait();
    after[i] = before[(i + 1) % threads];
    latch.arrive_and_wait();
    before[i] = after[(i + 1) % threads];
    items.acquire();
    turn.acquire();
    taken += item;
    turn.release();
  });
  producer.join();
  return completed - 1 + taken - 9 * threads + (before[0] == 2 ? 0 : 1);
}

static long stopped_by_token() {
  int stopped = 0;
  {
    std::jthread waiting([&](const std::stop_token& stop) {
      std::stop_callback told(stop, [&] { stopped += 1; });
      std::mutex mutex;
      std::condition_variable_any never;
      std::unique_lock lock(mutex);
      never.wait(lock, stop, [] { return false; });
    });
  }
  return stopped - 1;
}

static long streams_files_and_expressions() {
  const std::regex words("([a-z]+)-([0-9]+)");
  const auto folder = std::filesystem::temp_directory_path() / ("tenter-norace-" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  std::atomic<long> letters{0};
  std::mutex printing;
  on_all([&](int i) {
    const auto path = folder / std::to_string(i);
    std::ofstream(path) << "abc-" << i << ' ' << 2.5;
    std::string text;
    std::ifstream(path) >> text;
    std::smatch match;
    if (std::regex_match(text, match, words)) letters += match[1].length();
    std::ostringstream line;
    line << text << ' ' << std::hex << 255 << '\n';
    const std::lock_guard lock(printing);
    std::cout << line.str();
  });
  std::filesystem::remove_all(folder);
  return letters - 3 * threads;
}

static long awaited_and_locked() {
  int data = 0;
  std::atomic<bool> ready{false};
  std::thread writer([&] {
    data = 7;
    ready.store(true, std::memory_order_release);
    ready.notify_all();
  });
  ready.wait(false, std::memory_order_acquire);
  const int seen = data;
  writer.join();
  std::condition_variable last_words;
  std::mutex mutex;
  bool over = false;
  std::thread speaker([&] {
    std::unique_lock lock(mutex);
    over = true;
    std::notify_all_at_thread_exit(last_words, std::move(lock));
  });
  {
    std::unique_lock lock(mutex);
    last_words.wait(lock, [&] { return over; });
  }
  speaker.join();
  return seen - 7;
}

int main() {
  return pooled_results() + phases() + stopped_by_token() + streams_files_and_expressions() + awaited_and_locked() == 0
             ? 0
             : 1;
}
