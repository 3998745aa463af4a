// The rows for Boost.Fiber, which has no select, no read-write lock and no wait group. One worker: its ordinary
// round-robin scheduler; more: its work stealing.
#include "../program.h"

#include <boost/fiber/all.hpp>
#include <boost/fiber/pooled_fixedsize_stack.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace {

namespace fibers = boost::fibers;

constexpr int tasks = 8;  // that share a lock or a channel

// Stacks of 64 KiB that are used again. Every thread has its own, as the pool is not thread-safe; a stack may go back to
// another thread's, so the pool is only for one worker.
bool one_worker = true;

template <class F>
fibers::fiber start(F f) {
  if (one_worker) {
    static fibers::pooled_fixedsize_stack pool(64 * 1024);
    return fibers::fiber(std::allocator_arg, pool, std::move(f));
  }
  return fibers::fiber(std::allocator_arg, fibers::fixedsize_stack(64 * 1024), std::move(f));
}

template <class F>
void share(int parts, std::int64_t operations, F f) {
  std::vector<fibers::fiber> all;
  for (int i = 0; i < parts; ++i) {
    all.push_back(start([&f, operations, parts] { f(operations / parts); }));
  }
  for (fibers::fiber& each : all) { each.join(); }
}

void yield(std::int64_t operations) {
  share(2, operations, [](std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) { boost::this_fiber::yield(); }
  });
}

void spawn_join_each(std::int64_t operations) {
  for (std::int64_t i = 0; i < operations; ++i) {
    start([] {}).join();
  }
}

void spawn_join_all(std::int64_t operations) {
  std::vector<fibers::fiber> all;
  all.reserve(static_cast<std::size_t>(operations));
  for (std::int64_t i = 0; i < operations; ++i) {
    all.push_back(start([] {}));
  }
  for (fibers::fiber& each : all) { each.join(); }
}

void parked(std::int64_t operations) {
  fibers::unbuffered_channel<int> gate;
  std::atomic<std::int64_t> ready{0};
  std::vector<fibers::fiber> all;
  all.reserve(static_cast<std::size_t>(operations));
  for (std::int64_t i = 0; i < operations; ++i) {
    all.push_back(start([&] {
      ready.fetch_add(1);
      int value = 0;
      gate.pop(value);
    }));
  }
  while (ready.load() < operations) { boost::this_fiber::yield(); }
  boost::this_fiber::yield();
  bench::note_resident();
  gate.close();
  for (fibers::fiber& each : all) { each.join(); }
}

void ping_pong(std::int64_t operations) {
  fibers::unbuffered_channel<int> ping;
  fibers::unbuffered_channel<int> pong;
  fibers::fiber other = start([&] {
    int ball = 0;
    while (ping.pop(ball) == fibers::channel_op_status::success) { pong.push(ball); }
  });
  for (std::int64_t i = 0; i < operations / 2; ++i) {
    int ball = 0;
    ping.push(1);
    pong.pop(ball);
  }
  ping.close();
  other.join();
}

void buffered(int producers, int consumers, std::int64_t operations) {
  fibers::buffered_channel<int> values(128);
  std::vector<fibers::fiber> sent;
  std::vector<fibers::fiber> received;
  for (int i = 0; i < producers; ++i) {
    sent.push_back(start([&, n = operations / producers] {
      for (std::int64_t k = 0; k < n; ++k) { values.push(1); }
    }));
  }
  for (int i = 0; i < consumers; ++i) {
    received.push_back(start([&] {
      int value = 0;
      while (values.pop(value) == fibers::channel_op_status::success) {}
    }));
  }
  for (fibers::fiber& each : sent) { each.join(); }
  values.close();
  for (fibers::fiber& each : received) { each.join(); }
}
void buffered_spsc(std::int64_t operations) { buffered(1, 1, operations); }
void buffered_mpmc(std::int64_t operations) { buffered(4, 4, operations); }

void prime_sieve(std::int64_t operations) {
  using Numbers = fibers::unbuffered_channel<int>;
  std::vector<fibers::fiber> all;
  const auto first = std::make_shared<Numbers>();
  std::shared_ptr<Numbers> numbers = first;
  // push() on a closed channel says so, which ends the source.
  all.push_back(start([first] {
    for (int i = 2; first->push(i) == fibers::channel_op_status::success; ++i) {}
  }));
  for (std::int64_t i = 0; i < operations; ++i) {
    int prime = 0;
    numbers->pop(prime);
    const auto next = std::make_shared<Numbers>();
    all.push_back(start([in = numbers, next, prime] {
      int number = 0;
      while (in->pop(number) == fibers::channel_op_status::success) {
        if (number % prime != 0) { next->push(number); }
      }
      next->close();
    }));
    numbers = next;
  }
  first->close();
  int rest = 0;
  while (numbers->pop(rest) == fibers::channel_op_status::success) {}
  for (fibers::fiber& each : all) { each.join(); }
}

void fan_out_in(std::int64_t operations) {
  fibers::buffered_channel<std::int64_t> jobs(128);
  fibers::buffered_channel<std::int64_t> results(128);
  std::vector<fibers::fiber> all;
  for (int i = 0; i < tasks; ++i) {
    all.push_back(start([&] {
      std::int64_t job = 0;
      while (jobs.pop(job) == fibers::channel_op_status::success) { results.push(job * 2); }
    }));
  }
  all.push_back(start([&] {
    for (std::int64_t i = 0; i < operations; ++i) { jobs.push(i); }
    jobs.close();
  }));
  std::int64_t sum = 0;
  for (std::int64_t i = 0; i < operations; ++i) {
    std::int64_t result = 0;
    results.pop(result);
    sum += result;
  }
  for (fibers::fiber& each : all) { each.join(); }
  if (sum != operations * (operations - 1)) { std::abort(); }
}

void mutex_uncontended(std::int64_t operations) {
  fibers::mutex mutex;
  for (std::int64_t i = 0; i < operations; ++i) {
    mutex.lock();
    mutex.unlock();
  }
}

void mutex_contended(std::int64_t operations) {
  fibers::mutex mutex;
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
  fibers::mutex mutex;
  share(tasks, operations, [&](std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) {
      const std::lock_guard guard(mutex);
      boost::this_fiber::yield();
    }
  });
}

void timers(std::int64_t operations) {
  std::vector<fibers::fiber> all;
  all.reserve(static_cast<std::size_t>(operations));
  for (std::int64_t i = 0; i < operations; ++i) {
    all.push_back(start([i] { boost::this_fiber::sleep_for(std::chrono::microseconds(i * 7919 % 50'000)); }));
  }
  for (fibers::fiber& each : all) { each.join(); }
}

void close_broadcast(std::int64_t operations) {
  constexpr std::int64_t receivers = 10'000;
  for (std::int64_t done = 0; done < operations; done += receivers) { parked(receivers); }
}

constexpr bench::Row rows[] = {
    {"yield", yield},
    {"spawn_join_each", spawn_join_each},
    {"spawn_join_all", spawn_join_all},
    {"parked", parked, true},
    {"ping_pong", ping_pong},
    {"buffered_spsc", buffered_spsc},
    {"buffered_mpmc", buffered_mpmc},
    {"prime_sieve", prime_sieve},
    {"fan_out_in", fan_out_in},
    {"mutex_uncontended", mutex_uncontended},
    {"mutex_contended", mutex_contended},
    {"mutex_held", mutex_held},
    {"timers", timers},
    {"close_broadcast", close_broadcast},
};

void run_with(int workers, const std::function<void()>& body) {
  if (workers == 1) {
    start(body).join();
    return;
  }
  one_worker = false;
  std::mutex mutex;
  fibers::condition_variable_any ended;
  bool is_over = false;
  std::vector<std::thread> others;
  for (int i = 1; i < workers; ++i) {
    others.emplace_back([&, workers] {
      fibers::use_scheduling_algorithm<fibers::algo::work_stealing>(static_cast<std::uint32_t>(workers), true);
      std::unique_lock lock(mutex);
      ended.wait(lock, [&] { return is_over; });
    });
  }
  fibers::use_scheduling_algorithm<fibers::algo::work_stealing>(static_cast<std::uint32_t>(workers), true);
  start(body).join();
  {
    const std::lock_guard lock(mutex);
    is_over = true;
  }
  ended.notify_all();
  for (std::thread& each : others) { each.join(); }
}

}  // namespace

int main(int argc, char** argv) {
  return bench::main_of(argc, argv, rows,
                        [](int workers, const std::function<void()>& body) { run_with(workers, body); });
}
