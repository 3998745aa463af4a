// A program in which nearly everything is left to the scheduler: tasks, a lock, selects, timers of equal times, a ticker,
// and tasks and timers that are left over when it ends. What it returns is its schedule, step by step.
#pragma once
#include <chrono>
#include <string>

#include <tenter/tenter.h>

namespace tenter {

inline std::string steps_of_a_schedule() {
  using namespace std::chrono_literals;
  std::string steps;
  run([&] {
    const auto unbuffered = make_chan<int>();
    const auto buffered = make_chan<int>(1);
    Mutex mutex;
    WaitGroup group;
    const TimePoint start = now();
    for (int i = 0; i < 3; ++i) {
      group.go([&, i] {
        for (int k = 0; k < 3; ++k) {
          mutex.lock();
          steps += static_cast<char>('a' + i);
          mutex.unlock();
          if (k == 1) { sleep_until(start + 40us); }
          select(on_send(unbuffered, i), on_send(buffered, i));
        }
      });
    }
    group.go([&] {
      Ticker ticker(5us);
      for (int k = 0; k < 3; ++k) {
        (void)ticker.channel().recv();
        steps += 't';
      }
    });
    for (int k = 0; k < 9; ++k) {
      select(on_recv(unbuffered, [&](int v) { steps += static_cast<char>('0' + v); }),
             on_recv(buffered, [&](int v) { steps += static_cast<char>('A' + v); }),
             on_recv(after(10us), [&] { steps += '.', --k; }));
    }
    group.wait();
    sleep_for(1h);
    go([&] { sleep_for(1ms); });
    const auto unused = after(1ms);
    steps += ' ' + std::to_string((now() - start).count());
  });
  return steps;
}

}  // namespace tenter
