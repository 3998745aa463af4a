// Many tasks and threads at once, so that what happens seldom happens here.
#include <array>
#include <atomic>
#include <chrono>
#include <mutex>
#include <vector>

#include "everywhere.h"

namespace tenter {
namespace {

using namespace std::chrono_literals;

class Stress : public Everywhere {};
INSTANTIATE_TEST_SUITE_P(Places, Stress, all_places(), place_name);

TEST_P(Stress, PingPong) {
  here([&] {
    const auto ping = make_chan<int>();
    const auto pong = make_chan<int>();
    spawn([=] {
      for (const int ball : ping) { pong.send(ball + 1); }
      pong.close();
    });
    int ball = 0;
    for (int i = 0; i < 5000; ++i) {
      ping.send(ball);
      ball = pong.recv().value();
    }
    ping.close();
    EXPECT_EQ(ball, 5000);
    EXPECT_FALSE(pong.recv());
    join();
  });
}

TEST_P(Stress, ProducersAndConsumers) {
  for (const std::size_t capacity : {0u, 1u, 16u}) {
    here([&] {
      constexpr int producers = 4;
      constexpr int each = 2000;
      const auto channel = make_chan<int>(capacity);
      std::atomic<long> sum{0};
      std::atomic<int> left{producers};
      for (int p = 0; p < producers; ++p) {
        spawn([&, p] {
          for (int i = 0; i < each; ++i) { channel.send(p * each + i); }
          if (--left == 0) { channel.close(); }
        });
      }
      for (int c = 0; c < 4; ++c) {
        spawn([&] {
          std::array<int, producers> last;
          last.fill(-1);
          long mine = 0;
          for (const int value : channel) {
            // One producer's values come in order, also if others get some of them.
            int& before = last[static_cast<std::size_t>(value / each)];
            EXPECT_GT(value, before);
            before = value;
            mine += value;
          }
          sum += mine;
        });
      }
      join();
      constexpr long n = long{producers} * each;
      EXPECT_EQ(sum, n * (n - 1) / 2);
    });
  }
}

TEST_P(Stress, SelectsFromBothSides) {
  here([&] {
    constexpr int each = 2000;
    std::array<Chan<int>, 4> channels;
    for (std::size_t i = 0; i < channels.size(); ++i) { channels[i] = make_chan<int>(i % 2); }
    std::atomic<int> sent{0};
    std::atomic<int> received{0};
    for (int t = 0; t < 4; ++t) {
      spawn([&] {
        for (int i = 0; i < each; ++i) {
          select(on_send(channels[0], i), on_send(channels[1], i), on_send(channels[2], i), on_send(channels[3], i));
          ++sent;
        }
      });
      spawn([&] {
        for (int i = 0; i < each; ++i) {
          select(on_recv(channels[3]), on_recv(channels[1]), on_recv(channels[0]), on_recv(channels[2]));
          ++received;
        }
      });
    }
    join();
    EXPECT_EQ(sent, 4 * each);
    EXPECT_EQ(received, 4 * each);
  });
}

TEST_P(Stress, CloseAmongSendersAndReceivers) {
  for (int round = 0; round < 100; ++round) {
    here([&] {
      const auto channel = make_chan<int>(static_cast<std::size_t>(round % 3));
      std::atomic<int> sent{0};
      std::atomic<int> received{0};
      for (int i = 0; i < 3; ++i) {
        spawn([&] {
          try {
            for (;;) {
              channel.send(1);
              ++sent;
            }
          } catch (const ClosedChannelError&) {}
        });
        spawn([&] {
          while (channel.recv()) { ++received; }
        });
      }
      while (received < 20) { yield(); }
      channel.close();
      join();
      EXPECT_EQ(sent, received);
    });
  }
}

TEST_P(Stress, PrimeSieve) {
  here([&] {
    Chan<int> numbers = make_chan<int>();
    std::atomic<bool> stop{false};
    std::vector<Chan<int>> all{numbers};
    const auto stages = make_chan<Unit>();
    spawn([=, &stop] {
      for (int i = 2; !stop; ++i) {
        select(on_send(numbers, i), on_recv(stages, [&](std::optional<Unit>) { stop = true; }));
      }
    });
    int prime = 0;
    for (int i = 0; i < 40; ++i) {
      prime = numbers.recv().value();
      const Chan<int> next = make_chan<int>();
      spawn([=] {
        for (bool open = true; open;) {
          select(on_recv(numbers,
                         [&](int n) {
                           if (n % prime != 0) {
                             select(on_send(next, n), on_recv(stages, [&](std::optional<Unit>) { open = false; }));
                           }
                         }),
                 on_recv(stages, [&](std::optional<Unit>) { open = false; }));
        }
      });
      numbers = next;
    }
    EXPECT_EQ(prime, 173);
    stages.close();
    join();
  });
}

TEST_P(Stress, LocksConditionsAndGroupsTogether) {
  here([&] {
    Mutex mutex;
    Cond not_empty(mutex);
    Cond not_full(mutex);
    std::vector<int> queue;
    constexpr int count = 4000;
    long sum = 0;
    for (int p = 0; p < 2; ++p) {
      spawn([&] {
        for (int i = 0; i < count; ++i) {
          std::unique_lock lock(mutex);
          not_full.wait([&] { return queue.size() < 4; });
          queue.push_back(i);
          not_empty.signal();
        }
      });
      spawn([&] {
        for (int i = 0; i < count; ++i) {
          std::unique_lock lock(mutex);
          not_empty.wait([&] { return !queue.empty(); });
          sum += queue.back();
          queue.pop_back();
          not_full.signal();
        }
      });
    }
    join();
    EXPECT_EQ(sum, long{count} * (count - 1));
  });
}

TEST_P(Stress, TimersAmongChannels) {
  here([&] {
    std::atomic<int> timeouts{0};
    std::atomic<int> values{0};
    const auto channel = make_chan<int>();
    std::atomic<bool> stop{false};
    for (int t = 0; t < 4; ++t) {
      spawn([&] {
        for (int i = 0; i < 200; ++i) {
          select(on_recv(channel, [&] { ++values; }), on_recv(after(50us), [&] { ++timeouts; }));
        }
      });
    }
    spawn([&] {
      while (!stop) {
        select(on_send(channel, 1), on_recv(after(20us)));
        sleep_for(30us);
      }
    });
    while (timeouts + values < 800) { yield(); }
    stop = true;
    join();
    EXPECT_EQ(timeouts + values, 800);
  });
}

// Tasks and ordinary threads on the same objects.
TEST(StressMixed, TasksAndThreadsTogether) {
  run([] {
    const auto channel = make_chan<int>(2);
    Mutex mutex;
    WaitGroup group;
    int counter = 0;
    constexpr int each = 2000;
    group.add(4);
    std::vector<std::thread> threads;
    const auto produce = [&] {
      for (int i = 0; i < each; ++i) {
        channel.send(1);
        std::lock_guard guard(mutex);
        ++counter;
      }
      group.done();
    };
    const auto consume = [&] {
      for (int i = 0; i < each; ++i) {
        (void)channel.recv();
        std::lock_guard guard(mutex);
        ++counter;
      }
      group.done();
    };
    threads.emplace_back(produce);
    threads.emplace_back(consume);
    go(produce);
    go(consume);
    group.wait();
    blocking([&] {
      for (std::thread& thread : threads) { thread.join(); }
    });
    EXPECT_EQ(counter, 4 * each);
  });
}

}  // namespace
}  // namespace tenter
