// With decisions installed, a schedule is a sequence of answers: the same answers, the same schedule.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include <tenter/tenter.h>

#include "task/decisions.h"

namespace tenter {
namespace {

// Three tasks that write their letters, on one worker.
std::string letters(std::uint64_t seed) {
  detail::SeededDecisions decisions(seed);
  detail::install_decisions(&decisions);
  std::string text;
  run([&] {
    WaitGroup group;
    for (const char letter : {'a', 'b', 'c'}) {
      group.go([&text, letter] {
        for (int i = 0; i < 4; ++i) {
          text += letter;
          yield();
        }
      });
    }
    group.wait();
  });
  detail::install_decisions(nullptr);
  return text;
}

TEST(Decisions, TheSameSeedGivesTheSameSchedule) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const std::string once = letters(seed);
    EXPECT_EQ(once, letters(seed)) << "seed " << seed;
    seen.insert(once);
  }
  EXPECT_GT(seen.size(), 40u);
}

TEST(Decisions, ChannelsSelectsAndTimersWorkUnderThem) {
  detail::SeededDecisions decisions(1);
  detail::install_decisions(&decisions);
  const int before = max_workers();
  EXPECT_EQ(before, 1);
  int sum = 0;
  run([&] {
    const auto a = make_chan<int>();
    const auto b = make_chan<int>(2);
    WaitGroup group;
    for (int i = 0; i < 10; ++i) {
      group.go([=] { select(on_send(a, i), on_send(b, i)); });
    }
    for (int i = 0; i < 10; ++i) {
      select(on_recv(a, [&](int v) { sum += v; }), on_recv(b, [&](int v) { sum += v; }));
    }
    group.wait();
    sleep_for(std::chrono::milliseconds(1));
  });
  EXPECT_EQ(sum, 45);
  detail::install_decisions(nullptr);
}

// Answers by a script, and keeps the numbers of what it could have chosen from.
class Script final : public detail::Decisions {
 public:
  explicit Script(std::vector<std::size_t> answers) : answers_(std::move(answers)) {}
  std::size_t next_task(std::span<const std::uint64_t> ids) override {
    choices.push_back(ids.size());
    return next(ids.size());
  }
  std::size_t select_case(std::size_t count) override { return next(count); }
  std::vector<std::size_t> choices;

 private:
  std::size_t next(std::size_t count) { return position_ < answers_.size() ? answers_[position_++] % count : 0; }
  std::vector<std::size_t> answers_;
  std::size_t position_ = 0;
};

TEST(Decisions, EveryInterleavingCanBeReached) {
  // Main starts two tasks of one step each: two orders.
  std::set<std::string> seen;
  for (std::size_t answer = 0; answer < 2; ++answer) {
    Script script({0, answer});
    detail::install_decisions(&script);
    std::string text;
    run([&] {
      WaitGroup group;
      group.go([&] { text += 'a'; });
      group.go([&] { text += 'b'; });
      group.wait();
    });
    detail::install_decisions(nullptr);
    ASSERT_GE(script.choices.size(), 3u);
    EXPECT_EQ(script.choices[1], 2u);
    seen.insert(text);
  }
  EXPECT_EQ(seen, (std::set<std::string>{"ab", "ba"}));
}

TEST(Decisions, TheOrdinarySchedulerComesBack) {
  detail::install_decisions(nullptr);
  int n = 0;
  run([&] {
    WaitGroup group;
    Mutex mutex;
    for (int i = 0; i < 100; ++i) {
      group.go([&] {
        mutex.lock();
        ++n;
        mutex.unlock();
      });
    }
    group.wait();
  });
  EXPECT_EQ(n, 100);
}

}  // namespace
}  // namespace tenter
