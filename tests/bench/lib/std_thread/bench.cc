// The rows for std::thread, with channels made of a mutex and two condition variables. One worker: one processor.
#include "../program.h"

#include <sched.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <thread>
#include <vector>

namespace {

constexpr int tasks = 8;  // that share a lock or a channel

template <class T>
class Channel {
 public:
  explicit Channel(std::size_t capacity) : capacity_(capacity) {}
  void send(T value) {
    std::unique_lock lock(mutex_);
    not_full_.wait(lock, [this] { return values_.size() < capacity_; });
    values_.push_back(std::move(value));
    lock.unlock();
    not_empty_.notify_one();
  }
  std::optional<T> recv() {
    std::unique_lock lock(mutex_);
    not_empty_.wait(lock, [this] { return !values_.empty() || closed_; });
    if (values_.empty()) { return std::nullopt; }
    std::optional<T> value = std::move(values_.front());
    values_.pop_front();
    lock.unlock();
    not_full_.notify_one();
    return value;
  }
  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    not_empty_.notify_all();
  }

 private:
  const std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable not_full_;
  std::condition_variable not_empty_;
  std::deque<T> values_;
  bool closed_ = false;
};

template <class F>
void share(int parts, std::int64_t operations, F f) {
  std::vector<std::thread> all;
  for (int i = 0; i < parts; ++i) {
    all.emplace_back([&f, operations, parts] { f(operations / parts); });
  }
  for (std::thread& each : all) { each.join(); }
}

void yield(std::int64_t operations) {
  share(2, operations, [](std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) { std::this_thread::yield(); }
  });
}

void spawn_join_each(std::int64_t operations) {
  for (std::int64_t i = 0; i < operations; ++i) {
    std::thread([] {}).join();
  }
}

void spawn_join_all(std::int64_t operations) {
  std::vector<std::thread> all;
  for (std::int64_t i = 0; i < operations; ++i) {
    all.emplace_back([] {});
  }
  for (std::thread& each : all) { each.join(); }
}

void parked(std::int64_t operations) {
  Channel<int> gate(1);
  std::atomic<std::int64_t> ready{0};
  std::vector<std::thread> all;
  for (std::int64_t i = 0; i < operations; ++i) {
    all.emplace_back([&] {
      ready.fetch_add(1);
      gate.recv();
    });
  }
  while (ready.load() < operations) { std::this_thread::yield(); }
  bench::note_resident();
  gate.close();
  for (std::thread& each : all) { each.join(); }
}

void ping_pong(std::int64_t operations) {
  Channel<int> ping(1);
  Channel<int> pong(1);
  std::thread other([&] {
    while (const std::optional<int> ball = ping.recv()) { pong.send(*ball); }
  });
  for (std::int64_t i = 0; i < operations / 2; ++i) {
    ping.send(1);
    pong.recv();
  }
  ping.close();
  other.join();
}

void buffered(int producers, int consumers, std::int64_t operations) {
  Channel<int> values(128);
  std::vector<std::thread> sent;
  std::vector<std::thread> received;
  for (int i = 0; i < producers; ++i) {
    sent.emplace_back([&, n = operations / producers] {
      for (std::int64_t k = 0; k < n; ++k) { values.send(1); }
    });
  }
  for (int i = 0; i < consumers; ++i) {
    received.emplace_back([&] {
      while (values.recv()) {}
    });
  }
  for (std::thread& each : sent) { each.join(); }
  values.close();
  for (std::thread& each : received) { each.join(); }
}
void buffered_spsc(std::int64_t operations) { buffered(1, 1, operations); }
void buffered_mpmc(std::int64_t operations) { buffered(4, 4, operations); }

void fan_out_in(std::int64_t operations) {
  Channel<std::int64_t> jobs(128);
  Channel<std::int64_t> results(128);
  std::vector<std::thread> all;
  for (int i = 0; i < tasks; ++i) {
    all.emplace_back([&] {
      while (const std::optional<std::int64_t> job = jobs.recv()) { results.send(*job * 2); }
    });
  }
  all.emplace_back([&] {
    for (std::int64_t i = 0; i < operations; ++i) { jobs.send(i); }
    jobs.close();
  });
  std::int64_t sum = 0;
  for (std::int64_t i = 0; i < operations; ++i) { sum += *results.recv(); }
  for (std::thread& each : all) { each.join(); }
  if (sum != operations * (operations - 1)) { std::abort(); }
}

void mutex_uncontended(std::int64_t operations) {
  std::mutex mutex;
  for (std::int64_t i = 0; i < operations; ++i) {
    mutex.lock();
    mutex.unlock();
  }
}

void mutex_contended(std::int64_t operations) {
  std::mutex mutex;
  std::int64_t counter = 0;
  share(tasks, operations, [&](std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) {
      const std::lock_guard guard(mutex);
      ++counter;
    }
  });
  if (counter != operations / tasks * tasks) { std::abort(); }
}

void mutex_held(std::int64_t operations) {
  std::mutex mutex;
  share(tasks, operations, [&](std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) {
      const std::lock_guard guard(mutex);
      std::this_thread::yield();
    }
  });
}

void rwmutex_95_read(std::int64_t operations) {
  std::shared_mutex mutex;
  std::int64_t value = 0;
  share(tasks, operations, [&](std::int64_t n) {
    std::int64_t seen = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      if (i % 20 == 0) {
        const std::lock_guard guard(mutex);
        ++value;
      } else {
        const std::shared_lock guard(mutex);
        seen += value;
      }
    }
    if (seen < 0) { std::abort(); }
  });
}

void timers(std::int64_t operations) {
  std::vector<std::thread> all;
  for (std::int64_t i = 0; i < operations; ++i) {
    all.emplace_back([i] { std::this_thread::sleep_for(std::chrono::microseconds(i * 7919 % 50'000)); });
  }
  for (std::thread& each : all) { each.join(); }
}

constexpr bench::Row rows[] = {
    {"yield", yield},
    {"spawn_join_each", spawn_join_each},
    {"spawn_join_all", spawn_join_all},
    {"parked", parked, true},
    {"ping_pong", ping_pong},
    {"buffered_spsc", buffered_spsc},
    {"buffered_mpmc", buffered_mpmc},
    {"fan_out_in", fan_out_in},
    {"mutex_uncontended", mutex_uncontended},
    {"mutex_contended", mutex_contended},
    {"mutex_held", mutex_held},
    {"rwmutex_95_read", rwmutex_95_read},
    {"timers", timers},
    {"close_broadcast", parked},
};

}  // namespace

int main(int argc, char** argv) {
  return bench::main_of(argc, argv, rows, [](int workers, auto body) {
    cpu_set_t processors;
    CPU_ZERO(&processors);
    for (int i = 0; i < workers; ++i) { CPU_SET(i, &processors); }
    sched_setaffinity(0, sizeof processors, &processors);
    body();
  });
}
