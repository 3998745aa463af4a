// With decisions installed, a schedule is a sequence of answers: the same answers, the same schedule.
#include <gtest/gtest.h>

#include <sys/wait.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <tenter/tenter.h>

#include "everywhere.h"
#include "seeded_program.h"
#include "task/decisions.h"

namespace tenter {
namespace {

using namespace std::chrono_literals;

// While one lives, these make the decisions.
class Installed {
 public:
  explicit Installed(detail::Decisions& decisions) { detail::install_decisions(&decisions); }
  ~Installed() { detail::install_decisions(nullptr); }
  Installed(const Installed&) = delete;
  Installed& operator=(const Installed&) = delete;
};

// Three tasks that write their letters, on one worker.
std::string letters(std::uint64_t seed) {
  detail::SeededDecisions decisions(seed);
  const Installed installed(decisions);
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
  const Installed installed(decisions);
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
}

std::string steps_with(std::uint64_t seed) {
  detail::SeededDecisions decisions(seed);
  const Installed installed(decisions);
  return steps_of_a_schedule();
}

TEST(Decisions, TheSameSeedGivesTheSameScheduleOfLocksSelectsAndTimers) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const std::string once = steps_with(seed);
    EXPECT_EQ(once, steps_with(seed)) << "seed " << seed;
    seen.insert(once);
  }
  EXPECT_GT(seen.size(), 30u);
}

// ---- by the environment -----------------------------------------------------------------------------------------------

struct Ended {
  int code = -1;
  std::string said;  // on both streams
};

Ended run_program(const std::string& scheduler) {
  Ended ended;
  const std::string command = "TENTER_SCHEDULER='" + scheduler + "' '" SEEDED_PROGRAM "' 2>&1";
  std::FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) { return ended; }
  char buffer[256];
  while (std::fgets(buffer, sizeof buffer, pipe) != nullptr) { ended.said += buffer; }
  const int status = pclose(pipe);
  if (WIFEXITED(status)) { ended.code = WEXITSTATUS(status); }
  return ended;
}

TEST(SeededScheduler, TwoProcessesWithOneSeedHaveOneSchedule) {
  std::set<std::string> seen;
  for (int seed = 0; seed < 20; ++seed) {
    const Ended once = run_program("seeded:" + std::to_string(seed));
    EXPECT_EQ(once.code, 0);
    EXPECT_EQ(once.said, run_program("seeded:" + std::to_string(seed)).said) << "seed " << seed;
    seen.insert(once.said);
  }
  EXPECT_GT(seen.size(), 15u);
}

TEST(SeededScheduler, IsTheOneThatDecisionsGive) {
  for (const std::uint64_t seed : {5u, 255u}) {
    EXPECT_EQ(run_program("seeded:" + std::to_string(seed)).said, steps_with(seed) + "\n");
  }
}

TEST(SeededScheduler, TakesTheSeedInHexadecimalToo) {
  EXPECT_EQ(run_program("seeded:0xff").said, run_program("seeded:255").said);
  EXPECT_EQ(run_program("seeded:0XFFFFFFFFFFFFFFFF").said, run_program("seeded:18446744073709551615").said);
}

TEST(SeededScheduler, SaysWhatItDoesNotUnderstand) {
  for (const std::string text : {"seeded", "seeded:", "seeded:-1", "seeded:1 ", "seeded: 1", "seeded:0x", "seeded:12x",
                                 "random", " ", "seeded:18446744073709551616"}) {
    const Ended ended = run_program(text);
    EXPECT_EQ(ended.code, 2) << text;
    EXPECT_EQ(ended.said.find("tenter: TENTER_SCHEDULER is `" + text + "`, but must be seeded:SEED"), 0u) << ended.said;
    EXPECT_EQ(ended.said.find('\n'), ended.said.size() - 1) << "one sentence";
  }
}

// ---- single decisions -------------------------------------------------------------------------------------------------

// Answers by a script, and keeps the numbers of what it could have chosen from.
class Script final : public detail::Decisions {
 public:
  explicit Script(std::vector<std::size_t> answers) : answers_(std::move(answers)) {}
  std::size_t next_task(std::span<const std::uint64_t> ids) override {
    choices.push_back(ids.size());
    return next(ids.size());
  }
  std::size_t select_case(std::size_t count) override { return next(count); }
  bool switch_at_call() override { return switches; }
  std::size_t next_timer(std::size_t count, bool may_wait) override {
    timers_seen.push_back(count);
    if (may_wait && tasks_go_first) { return count; }
    return timer < count ? timer : count - 1;
  }
  std::vector<std::size_t> choices;
  std::vector<std::size_t> timers_seen;
  bool switches = false;
  bool tasks_go_first = false;
  std::size_t timer = 0;

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
    const Installed installed(script);
    std::string text;
    run([&] {
      WaitGroup group;
      group.go([&] { text += 'a'; });
      group.go([&] { text += 'b'; });
      group.wait();
    });
    ASSERT_GE(script.choices.size(), 3u);
    EXPECT_EQ(script.choices[1], 2u);
    seen.insert(text);
  }
  EXPECT_EQ(seen, (std::set<std::string>{"ab", "ba"}));
}

// Two tasks that never wait and never yield.
std::string calls_of_two_tasks(bool switches) {
  Script script({});
  const Installed installed(script);
  std::string text;
  run([&] {
    Mutex mutex;
    WaitGroup group;
    for (const char letter : {'a', 'b'}) {
      group.go([&, letter] {
        for (int i = 0; i < 3; ++i) {
          const std::lock_guard guard(mutex);
          text += letter;
        }
      });
    }
    script.switches = switches;
    group.wait();
  });
  return text;
}

TEST(Decisions, ATaskIsSwitchedAtItsCallsOnlyWhereTheySaySo) {
  EXPECT_EQ(calls_of_two_tasks(false), "aaabbb");
  EXPECT_EQ(calls_of_two_tasks(true), "ababab");
}

// Three tasks that sleep until the same moment.
std::string order_of_sleepers(std::size_t timer) {
  Script script({});
  script.timer = timer;
  const Installed installed(script);
  std::string text;
  run([&] {
    const TimePoint then = now() + 1s;
    WaitGroup group;
    for (const char letter : {'a', 'b', 'c'}) {
      group.go([&, letter] {
        sleep_until(then);
        text += letter;
      });
    }
    group.wait();
  });
  EXPECT_EQ(script.timers_seen, (std::vector<std::size_t>{3, 2, 1}));
  return text;
}

TEST(Decisions, WhichOfTheTimersThatAreDueFiresIsOne) {
  EXPECT_EQ(order_of_sleepers(0), "abc");
  EXPECT_EQ(order_of_sleepers(1), "bca");
  EXPECT_EQ(order_of_sleepers(2), "cba");
}

// A timer that is due, beside a task that could run.
std::string timer_beside_a_task(bool tasks_go_first) {
  Script script({});
  script.tasks_go_first = tasks_go_first;
  const Installed installed(script);
  std::string text;
  run([&] {
    WaitGroup group;
    group.add(1);
    const Timer timer = after_func(1us, [&] {
      text += 't';
      group.done();
    });
    group.go([&] {
      for (int i = 0; i < 3; ++i) {
        text += 'a';
        yield();
      }
    });
    group.wait();
  });
  return text;
}

TEST(Decisions, WhetherATimerThatIsDueFiresBeforeATaskRunsIsOne) {
  EXPECT_EQ(timer_beside_a_task(false), "ataa");
  EXPECT_EQ(timer_beside_a_task(true), "aaat");
}

// ---- virtual time -----------------------------------------------------------------------------------------------------

TEST(VirtualTime, JumpsToTheNextDeadlineWhenNothingElseCanRun) {
  detail::SeededDecisions decisions(1);
  const Installed installed(decisions);
  run([] {
    const TimePoint start = now();
    sleep_for(1000h);
    EXPECT_GE(now() - start, 1000h);
    EXPECT_LT(now() - start, 1001h);
    EXPECT_EQ(select(on_recv(after(2h)), on_recv(after(1h))), 1u);
    EXPECT_GE(*after(1h).recv() - start, 1002h);
  });
}

TEST(VirtualTime, StandsStillWhileATaskCalculates) {
  detail::SeededDecisions decisions(1);
  const Installed installed(decisions);
  run([] {
    const TimePoint start = now();
    for (int i = 0; i < 1000; ++i) { EXPECT_EQ(now(), start); }
  });
}

TEST(VirtualTime, GoesOnWhileATaskPolls) {
  detail::SeededDecisions decisions(1);
  const Installed installed(decisions);
  run([] {
    const TimePoint start = now();
    const Timer timer(1ms);
    while (!timer.channel().try_recv().value) {}
    EXPECT_GE(now() - start, 1ms);
    EXPECT_LT(now() - start, 10ms);  // a microsecond for each call
  });
}

// As long as a thread outside may still act, an hour is an hour.
TEST(VirtualTime, DoesNotJumpAheadOfAThreadThatIsElsewhere) {
  detail::SeededDecisions decisions(1);
  const Installed installed(decisions);
  const auto channel = make_chan<int>();
  std::thread thread([&] {
    until_waiting(1);
    channel.send(1);
  });
  run([&] { EXPECT_EQ(select(on_recv(channel), on_recv(after(1h))), 0u); });
  thread.join();
}

TEST(VirtualTime, DoesNotJumpAheadOfABlockingCall) {
  detail::SeededDecisions decisions(1);
  const Installed installed(decisions);
  run([] {
    const auto channel = make_chan<int>();
    go([=] {
      blocking([] {
        while (detail::count_waiting() != 1) { std::this_thread::yield(); }
      });
      channel.send(1);
    });
    EXPECT_EQ(select(on_recv(channel), on_recv(after(1h))), 0u);
  });
}

// The sleep of an ordinary thread ends with the others' time, or else two of them could not agree on what comes first.
TEST(VirtualTime, IsTheTimeOfOrdinaryThreadsToo) {
  detail::SeededDecisions decisions(1);
  const Installed installed(decisions);
  run([] { sleep_for(1h); });
  const TimePoint start = now();
  sleep_for(1h);
  EXPECT_GE(now() - start, 1h);
  sleep_until(start + 2h);
  EXPECT_GE(now() - start, 2h);
}

TEST(Decisions, TheOrdinarySchedulerComesBack) {
  {
    detail::SeededDecisions decisions(1);
    const Installed installed(decisions);
    run([] { sleep_for(1000h); });
  }
  EXPECT_LT(now() - std::chrono::steady_clock::now(), 1h);
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
