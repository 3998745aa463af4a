// The rows for our own library.
#include "../program.h"

#include <mutex>
#include <shared_mutex>
#include <vector>

#include <tenter/tenter.h>

namespace {

using tenter::Chan;
using tenter::go;
using tenter::make_chan;
using tenter::Unit;
using tenter::WaitGroup;

constexpr int tasks = 8;  // that share a lock, a channel or a group

// f(share) in each of several tasks, until all are done.
template <class F>
void share(int parts, std::int64_t operations, F f) {
  WaitGroup all;
  for (int i = 0; i < parts; ++i) {
    all.go([&f, operations, parts] { f(operations / parts); });
  }
  all.wait();
}

void yield(std::int64_t operations) {
  share(2, operations, [](std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) { tenter::yield(); }
  });
}

void spawn_join_each(std::int64_t operations) {
  for (std::int64_t i = 0; i < operations; ++i) {
    WaitGroup one;
    one.go([] {});
    one.wait();
  }
}

void spawn_join_all(std::int64_t operations) {
  WaitGroup all;
  all.add(static_cast<int>(operations));
  for (std::int64_t i = 0; i < operations; ++i) {
    go([&all] { all.done(); });
  }
  all.wait();
}

void parked(std::int64_t operations) {
  const Chan<Unit> gate = make_chan<Unit>();
  WaitGroup ready;
  WaitGroup all;
  ready.add(static_cast<int>(operations));
  all.add(static_cast<int>(operations));
  for (std::int64_t i = 0; i < operations; ++i) {
    go([&] {
      ready.done();
      gate.recv();
      all.done();
    });
  }
  ready.wait();
  tenter::yield();
  bench::note_resident();
  gate.close();
  all.wait();
}

void ping_pong(std::int64_t operations) {
  const Chan<int> ping = make_chan<int>();
  const Chan<int> pong = make_chan<int>();
  WaitGroup all;
  all.go([&] {
    while (const std::optional<int> ball = ping.recv()) { pong.send(*ball); }
    pong.close();
  });
  for (std::int64_t i = 0; i < operations / 2; ++i) {
    ping.send(1);
    pong.recv();
  }
  ping.close();
  all.wait();
}

void buffered(int producers, int consumers, std::int64_t operations) {
  const Chan<int> values = make_chan<int>(128);
  WaitGroup sent;
  WaitGroup received;
  for (int i = 0; i < producers; ++i) {
    sent.go([&, n = operations / producers] {
      for (std::int64_t k = 0; k < n; ++k) { values.send(1); }
    });
  }
  for (int i = 0; i < consumers; ++i) {
    received.go([&] {
      while (values.recv()) {}
    });
  }
  sent.wait();
  values.close();
  received.wait();
}
void buffered_spsc(std::int64_t operations) { buffered(1, 1, operations); }
void buffered_mpmc(std::int64_t operations) { buffered(4, 4, operations); }

void select_2(std::int64_t operations) {
  const Chan<int> a = make_chan<int>();
  const Chan<int> b = make_chan<int>();
  go([=] {
    for (std::int64_t i = 0; i < operations; ++i) { (i % 2 == 0 ? a : b).send(1); }
  });
  for (std::int64_t i = 0; i < operations; ++i) { tenter::select(tenter::on_recv(a), tenter::on_recv(b)); }
}

void select_8(std::int64_t operations) {
  std::vector<Chan<int>> c;
  for (int i = 0; i < 8; ++i) { c.push_back(make_chan<int>()); }
  go([=] {
    for (std::int64_t i = 0; i < operations; ++i) { c[static_cast<std::size_t>(i % 8)].send(1); }
  });
  for (std::int64_t i = 0; i < operations; ++i) {
    tenter::select(tenter::on_recv(c[0]), tenter::on_recv(c[1]), tenter::on_recv(c[2]), tenter::on_recv(c[3]),
                   tenter::on_recv(c[4]), tenter::on_recv(c[5]), tenter::on_recv(c[6]), tenter::on_recv(c[7]));
  }
}

// One operation is one prime. The filters end when what they send is not taken any more: all channels are closed.
void prime_sieve(std::int64_t operations) {
  const Chan<Unit> stop = make_chan<Unit>();
  WaitGroup all;
  Chan<int> numbers = make_chan<int>();
  all.go([=] {
    for (int i = 2;; ++i) {
      if (tenter::select(tenter::on_send(numbers, i), tenter::on_recv(stop)) == 1) { break; }
    }
    numbers.close();
  });
  for (std::int64_t i = 0; i < operations; ++i) {
    const int prime = *numbers.recv();
    const Chan<int> next = make_chan<int>();
    all.go([in = numbers, next, prime] {
      for (const int number : in) {
        if (number % prime != 0) { next.send(number); }
      }
      next.close();
    });
    numbers = next;
  }
  stop.close();
  while (numbers.recv()) {}
  all.wait();
}

void fan_out_in(std::int64_t operations) {
  const Chan<std::int64_t> jobs = make_chan<std::int64_t>(128);
  const Chan<std::int64_t> results = make_chan<std::int64_t>(128);
  WaitGroup all;
  for (int i = 0; i < tasks; ++i) {
    all.go([&] {
      while (const std::optional<std::int64_t> job = jobs.recv()) { results.send(*job * 2); }
    });
  }
  all.go([&] {
    for (std::int64_t i = 0; i < operations; ++i) { jobs.send(i); }
    jobs.close();
  });
  std::int64_t sum = 0;
  for (std::int64_t i = 0; i < operations; ++i) { sum += *results.recv(); }
  all.wait();
  if (sum != operations * (operations - 1)) { std::abort(); }
}

void mutex_uncontended(std::int64_t operations) {
  tenter::Mutex mutex;
  for (std::int64_t i = 0; i < operations; ++i) {
    mutex.lock();
    mutex.unlock();
  }
}

void mutex_contended(std::int64_t operations) {
  tenter::Mutex mutex;
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
  tenter::Mutex mutex;
  share(tasks, operations, [&](std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) {
      const std::lock_guard guard(mutex);
      tenter::yield();
    }
  });
}

void rwmutex_95_read(std::int64_t operations) {
  tenter::RWMutex mutex;
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

void wait_group(std::int64_t operations) {
  WaitGroup group;
  share(tasks, operations, [&](std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) {
      group.add(1);
      group.done();
    }
  });
  group.wait();
}

void timers(std::int64_t operations) {
  WaitGroup all;
  all.add(static_cast<int>(operations));
  for (std::int64_t i = 0; i < operations; ++i) {
    go([&all, i] {
      tenter::sleep_for(std::chrono::microseconds(i * 7919 % 50'000));
      all.done();
    });
  }
  all.wait();
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
    {"select_2", select_2},
    {"select_8", select_8},
    {"prime_sieve", prime_sieve},
    {"fan_out_in", fan_out_in},
    {"mutex_uncontended", mutex_uncontended},
    {"mutex_contended", mutex_contended},
    {"mutex_held", mutex_held},
    {"rwmutex_95_read", rwmutex_95_read},
    {"wait_group", wait_group},
    {"timers", timers},
    {"close_broadcast", close_broadcast},
};

}  // namespace

int main(int argc, char** argv) {
  return bench::main_of(argc, argv, rows, [](int workers, auto body) {
    tenter::set_max_workers(workers);
    tenter::run(body);
  });
}
