// Programs of the kinds with which Go tests its own channels: crowds around a few channels, chains, feedback, and a table of
// what waits and what does not.
#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <string>
#include <vector>

#include "conformance.h"

namespace tenter {
namespace {

class Patterns : public Everywhere {};
INSTANTIATE_TEST_SUITE_P(Places, Patterns, all_places(), place_name);

// Who tries never finds both channels empty: the second gets a value before the first one's is taken.
TEST_P(Patterns, ATokenThatMovesIsNeverMissed) {
  here([&] {
    for (int round = 0; round < 300; ++round) {
      const auto from = make_chan<int>(1);
      const auto to = make_chan<int>(1);
      from.send(1);
      std::atomic<bool> missed{false};
      spawn([&] { select(on_recv(from), on_recv(to), otherwise([&] { missed = true; })); });
      to.send(1);
      select(on_recv(from), otherwise());
      join();
      ASSERT_FALSE(missed);
    }
  });
}

TEST_P(Patterns, ARandomCaseSendsRandomBits) {
  for (const std::size_t capacity : {0u, 1u, 5u}) {
    here([&] {
      const auto bits = make_chan<int>(capacity);
      constexpr int count = 2000;
      spawn([=] {
        for (int i = 0; i < count; ++i) { select(on_send(bits, 0), on_send(bits, 1)); }
      });
      int ones = 0;
      int changes = 0;
      int last = 0;
      for (int i = 0; i < count; ++i) {
        const int bit = bits.recv().value();
        ones += bit;
        changes += bit != last ? 1 : 0;
        last = bit;
      }
      const double five_sigma = 5 * std::sqrt(count * 0.25);
      EXPECT_NEAR(ones, count / 2.0, five_sigma);
      EXPECT_NEAR(changes, count / 2.0, five_sigma);  // nor do they just take turns
      join();
    });
  }
}

// Many take from one channel, and give to another: everything arrives once.
TEST_P(Patterns, ManyBetweenTwoChannels) {
  here([&] {
    constexpr int workers = 12;
    constexpr int count = 2000;
    const auto work = make_chan<int>(workers / 2);
    const auto results = make_chan<int>(workers / 2);
    WaitGroup all;
    all.add(workers);
    for (int i = 0; i < workers; ++i) {
      spawn([=, &all] {
        for (const int item : work) {
          if (item % 7 == 0) { yield(); }
          results.send(item);
        }
        all.done();
      });
    }
    spawn([=] {
      for (int i = 0; i < count; ++i) { work.send(i); }
      work.close();
    });
    spawn([=, &all] {
      all.wait();
      results.close();
    });
    std::vector<int> got;
    for (const int result : results) { got.push_back(result); }
    std::sort(got.begin(), got.end());
    ASSERT_EQ(got.size(), static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) { EXPECT_EQ(got[static_cast<std::size_t>(i)], i); }
    join();
  });
}

// Four channels with and without buffers, of which each has a plain sender and receiver, and all together a sender and a
// receiver that select. Whoever is through with a channel sets it to nil in the select.
TEST_P(Patterns, PlainAndSelectingSendersAndReceivers) {
  here([&] {
    constexpr int each = 500;
    std::array<Chan<int>, 4> channels{make_chan<int>(), make_chan<int>(), make_chan<int>(2), make_chan<int>(3)};
    std::atomic<int> received{0};
    for (const auto& channel : channels) {
      spawn([=] {
        for (int i = 0; i < each; ++i) { channel.send(i); }
      });
      spawn([=, &received] {
        for (int i = 0; i < each; ++i) {
          (void)channel.recv();
          ++received;
        }
      });
    }
    const auto select_all = [channels](bool is_send, auto after_each) {
      std::array<Chan<int>, 4> open = channels;
      std::array<int, 4> counts{};
      for (int i = 0; i < 4 * each; ++i) {
        const std::size_t index =
            is_send ? select(on_send(open[3], i), on_send(open[2], i), on_send(open[0], i), on_send(open[1], i))
                    : select(on_recv(open[3]), on_recv(open[2]), on_recv(open[0]), on_recv(open[1]));
        constexpr std::array<std::size_t, 4> channel_of{3, 2, 0, 1};
        const std::size_t which = channel_of.at(index);
        if (++counts[which] == each) { open[which] = {}; }
        after_each();
      }
    };
    spawn([=] { select_all(true, [] {}); });
    spawn([=, &received] { select_all(false, [&] { ++received; }); });
    join();
    EXPECT_EQ(received, 8 * each);
    for (const auto& channel : channels) { EXPECT_EQ(channel.len(), 0u); }
  });
}

TEST_P(Patterns, AChainOfTasks) {
  run([&] {
    constexpr int length = 10'000;
    const auto first = make_chan<int>();
    Chan<int> last = first;
    for (int i = 0; i < length; ++i) {
      const auto next = make_chan<int>();
      go([next, last] { next.send(last.recv().value() + 1); });
      last = next;
    }
    first.send(0);
    EXPECT_EQ(last.recv(), length);
  });
}

// ---- feedback --------------------------------------------------------------------------------------------------------

// Passes on what it gets, and never keeps the sender waiting: what is not taken yet is kept. While there is nothing to pass
// on, the case that would is on the nil channel.
void pass_through_a_queue(RecvChan<long> in, SendChan<long> out, RecvChan<Unit> stop) {
  std::vector<long> queue;
  for (bool going = true; going;) {
    const SendChan<long> target = queue.empty() ? SendChan<long>() : out;
    select(on_recv(in, [&](long value) { queue.push_back(value); }),
           on_send(target, queue.empty() ? 0 : queue.front(), [&] { queue.erase(queue.begin()); }),
           on_recv(stop, [&] { going = false; }));
  }
}

// The numbers without prime factors but 2, 3 and 5, in order: each number found is multiplied by all three, and the products
// come back through queues to be merged.
TEST_P(Patterns, AStreamThatFeedsItself) {
  here([&] {
    constexpr int count = 200;
    constexpr std::array<long, 3> factors{2, 3, 5};
    const auto stop = make_chan<Unit>();
    std::array<Chan<long>, 3> found;
    std::array<Chan<long>, 3> products;
    for (std::size_t i = 0; i < factors.size(); ++i) {
      found[i] = make_chan<long>();
      products[i] = make_chan<long>();
      const auto multiplied = make_chan<long>();
      spawn([=] {
        for (bool going = true; going;) {
          select(on_recv(found[i],
                         [&](long value) {
                           select(on_send(multiplied, value * factors[i]), on_recv(stop, [&] { going = false; }));
                         }),
                 on_recv(stop, [&] { going = false; }));
        }
      });
      spawn([=] { pass_through_a_queue(multiplied, products[i], stop); });
    }
    std::vector<long> numbers;
    std::array<long, 3> heads{};
    long next = 1;
    for (int n = 0; n < count; ++n) {
      numbers.push_back(next);
      for (std::size_t i = 0; i < factors.size(); ++i) {
        found[i].send(next);
        if (heads[i] <= next) { heads[i] = products[i].recv().value(); }
      }
      next = *std::min_element(heads.begin(), heads.end());
    }
    stop.close();
    join();
    std::vector<long> expected;
    for (long n = 1; expected.size() < count; ++n) {
      long rest = n;
      for (const long factor : factors) {
        while (rest % factor == 0) { rest /= factor; }
      }
      if (rest == 1) { expected.push_back(n); }
    }
    EXPECT_EQ(numbers, expected);
  });
}

// ---- what waits and what does not ------------------------------------------------------------------------------------

enum class Outcome { done, closed, waits, throws };

std::string outcome_of(const std::function<Outcome()>& operation) {
  Outcome outcome = Outcome::throws;
  try {
    outcome = operation();
  } catch (const ClosedChannelError&) {}
  return std::array<const char*, 4>{"done", "closed", "waits", "throws"}.at(static_cast<std::size_t>(outcome));
}

// Each way to ask for the same operation without waiting, for channels in each state: they agree with each other and with
// the table.
TEST_P(Patterns, WhatWaitsAndWhatDoesNot) {
  struct Row {
    const char* state;
    std::function<Chan<int>()> make;
    std::function<void(const Chan<int>&)> partner;  // waits on it meanwhile
    const char* send;
    const char* receive;
  };
  const auto buffered = [](int values, bool closed) {
    return [=] {
      const auto channel = make_chan<int>(2);
      for (int i = 0; i < values; ++i) { channel.send(i); }
      if (closed) { channel.close(); }
      return channel;
    };
  };
  const auto unbuffered = [] { return make_chan<int>(); };
  const auto closed_unbuffered = [] {
    const auto channel = make_chan<int>();
    channel.close();
    return channel;
  };
  const std::vector<Row> table{
      {"nil", [] { return Chan<int>(); }, nullptr, "waits", "waits"},
      {"unbuffered", unbuffered, nullptr, "waits", "waits"},
      {"with a receiver", unbuffered, [](const Chan<int>& c) { (void)c.recv(); }, "done", "waits"},
      {"with a sender", unbuffered, [](const Chan<int>& c) { c.send(1); }, "waits", "done"},
      {"with a selecting receiver", unbuffered, [](const Chan<int>& c) { select(on_recv(c)); }, "done", "waits"},
      {"with a selecting sender", unbuffered, [](const Chan<int>& c) { select(on_send(c, 1)); }, "waits", "done"},
      {"empty", buffered(0, false), nullptr, "done", "waits"},
      {"half full", buffered(1, false), nullptr, "done", "done"},
      {"full", buffered(2, false), nullptr, "waits", "done"},
      {"closed", closed_unbuffered, nullptr, "throws", "closed"},
      {"closed and empty", buffered(0, true), nullptr, "throws", "closed"},
      {"closed and half full", buffered(1, true), nullptr, "throws", "done"},
      {"closed and full", buffered(2, true), nullptr, "throws", "done"},
  };
  using Operation = std::function<Outcome(const Chan<int>&)>;
  const auto received = [](const std::optional<int>& value) { return value ? Outcome::done : Outcome::closed; };
  const std::vector<Operation> sends{
      [](const Chan<int>& c) { return c.try_send(1) ? Outcome::done : Outcome::waits; },
      [](const Chan<int>& c) { return select(on_send(c, 1), otherwise()) == 0 ? Outcome::done : Outcome::waits; },
      [](const Chan<int>& c) {
        Selector selector;
        selector.otherwise();
        selector.send(c, 1);
        return selector.wait() == 1 ? Outcome::done : Outcome::waits;
      },
      [](const Chan<int>& c) {  // beside cases that are never ready
        const auto silent = make_chan<int>();
        return select(on_recv(silent), on_recv(Chan<int>()), on_send(c, 1), otherwise()) == 2 ? Outcome::done
                                                                                              : Outcome::waits;
      },
  };
  const std::vector<Operation> receives{
      [](const Chan<int>& c) {
        const TryRecv<int> tried = c.try_recv();
        return tried.value ? Outcome::done : tried.closed ? Outcome::closed : Outcome::waits;
      },
      [=](const Chan<int>& c) {
        Outcome outcome = Outcome::waits;
        select(on_recv(c, [&](std::optional<int> value) { outcome = received(value); }), otherwise());
        return outcome;
      },
      [=](const Chan<int>& c) {
        Outcome outcome = Outcome::waits;
        Selector selector;
        selector.recv(c, [&](std::optional<int> value) { outcome = received(value); });
        selector.otherwise();
        selector.wait();
        return outcome;
      },
  };
  here([&] {
    for (const Row& row : table) {
      for (const bool is_send : {true, false}) {
        for (const Operation& operation : is_send ? sends : receives) {
          const Chan<int> channel = row.make();
          if (row.partner != nullptr) {
            spawn([&row, channel] { row.partner(channel); });
            until_waiting(1);
          }
          const std::string expected = is_send ? row.send : row.receive;
          EXPECT_EQ(outcome_of([&] { return operation(channel); }), expected)
              << row.state << (is_send ? ", send" : ", receive");
          // The partner, if it still waits, is let go by the opposite operation.
          if (row.partner != nullptr && expected == "waits") {
            if (is_send) {
              (void)channel.recv();
            } else {
              channel.send(1);
            }
          }
          join();
        }
      }
    }
  });
}

}  // namespace
}  // namespace tenter
