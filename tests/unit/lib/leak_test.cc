// Leak scopes: which tasks a check names, whose they are, and that it neither waits in vain nor speaks too soon.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <latch>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>
#include <tenter/tenter.h>

#include "task/scheduler.h"

namespace tenter {
namespace {

using namespace std::chrono_literals;

// What a check in the scope around `body` says. `mend` then ends what was left.
LeakReport after(const std::function<void()>& body, const std::function<void()>& mend = {}) {
  LeakScope scope;
  body();
  LeakReport report = scope.find();
  if (mend) {
    mend();
    EXPECT_TRUE(scope.find().clean()) << "mended, and still: " << scope.find().text();
  }
  return report;
}

testing::AssertionResult has_one(const LeakReport& report, LeakReason reason, const std::string& doing) {
  if (report.leaks().size() == 1 && report.count() == 1 && report.leaks()[0].reason == reason &&
      report.leaks()[0].doing == doing) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << report.to_json();
}

class Leaks : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    before_ = max_workers();
    set_max_workers(GetParam());
  }
  void TearDown() override { set_max_workers(before_); }

 private:
  int before_ = 1;
};
INSTANTIATE_TEST_SUITE_P(Workers, Leaks, testing::Values(1, 2, 4));

// For tests in which a task keeps its worker.
class LeaksBesideABusyWorker : public Leaks {};
INSTANTIATE_TEST_SUITE_P(Workers, LeaksBesideABusyWorker, testing::Values(2, 4));

// ---- one test for each reason; each has its twin in `mend`, after which nothing is left -----------------------------------

TEST_P(Leaks, SendNoReceiver) {
  const auto channel = make_chan<int>();
  const LeakReport report = after([&] { go([channel] { channel.send(1); }); }, [&] { (void)channel.recv(); });
  EXPECT_TRUE(has_one(report, LeakReason::send_no_receiver, "waits to send on channel"));
}

TEST_P(Leaks, ReceiveNoSender) {
  const auto channel = make_chan<int>();
  const LeakReport report = after([&] { go([channel] { (void)channel.recv(); }); }, [&] { channel.close(); });
  EXPECT_TRUE(has_one(report, LeakReason::receive_no_sender, "waits to receive from channel"));
}

TEST_P(Leaks, ContextNeverCancelled) {
  const auto [context, cancel] = with_cancel(background());
  const LeakReport report =
      after([&, done = context.done()] { go([done] { (void)done.recv(); }); }, [&stop = cancel] { stop(); });
  EXPECT_TRUE(has_one(report, LeakReason::context_never_cancelled, "waits for done() of a context"));
}

TEST_P(Leaks, SelectNoCase) {
  const auto one = make_chan<int>();
  const auto two = make_chan<int>();
  const LeakReport report =
      after([&] { go([=] { select(on_recv(one), on_send(two, 2)); }); }, [&] { (void)two.recv(); });
  EXPECT_TRUE(has_one(report, LeakReason::select_no_case, "waits in a select"));
}

TEST_P(Leaks, NilChannel) {
  run([] {  // nothing mends these, but they end with their main task
    const LeakReport sends = after([] { go([] { Chan<int>().send(1); }); });
    EXPECT_TRUE(has_one(sends, LeakReason::nil_channel, "waits to send on a nil channel, for ever"));
    const LeakReport receives = after([] { go([] { (void)Chan<int>().recv(); }); });
    EXPECT_TRUE(has_one(receives, LeakReason::nil_channel, "waits to receive from a nil channel, for ever"));
  });
}

TEST_P(Leaks, LockNeverReleased) {
  Mutex mutex;
  mutex.lock();
  EXPECT_TRUE(has_one(after([&] { go([&] { const std::lock_guard guard(mutex); }); }, [&] { mutex.unlock(); }),
                      LeakReason::lock_never_released, "waits for lock"));
  RWMutex shared;
  shared.lock();
  EXPECT_TRUE(has_one(after([&] { go([&] { const std::shared_lock guard(shared); }); }, [&] { shared.unlock(); }),
                      LeakReason::lock_never_released, "waits to read under lock"));
  Semaphore permits(0);
  EXPECT_TRUE(has_one(after([&] { go([&] { permits.acquire(); }); }, [&] { permits.release(); }),
                      LeakReason::lock_never_released, "waits for semaphore"));
}

TEST_P(Leaks, WaitGroupNeverDone) {
  WaitGroup group;
  group.add(1);
  EXPECT_TRUE(has_one(after([&] { go([&] { group.wait(); }); }, [&] { group.done(); }),
                      LeakReason::wait_group_never_done, "waits for wait group"));
}

TEST_P(Leaks, ConditionNeverSignalled) {
  Mutex mutex;
  Cond changed(mutex);
  bool ready = false;
  const auto wait = [&] {
    const std::lock_guard guard(mutex);
    changed.wait([&] { return ready; });
  };
  const auto mend = [&] {
    {
      const std::lock_guard guard(mutex);
      ready = true;
    }
    changed.broadcast();
  };
  EXPECT_TRUE(has_one(after([&] { go(wait); }, mend), LeakReason::condition_never_signalled, "waits on condition"));
}

// ---- no leaks ------------------------------------------------------------------------------------------------------------

TEST_P(Leaks, ACheckWaitsForTasksThatAreAboutToEnd) {
  for (int i = 0; i < 50; ++i) {
    LeakScope scope;
    scope.settle_limit(60s);
    const auto channel = make_chan<int>();
    go([channel] {
      for (const int value : channel) {
        if (value % 3 == 0) { yield(); }
      }
    });
    go([channel] {
      for (int value = 0; value < 100; ++value) { channel.send(value); }
      channel.close();
    });
    const LeakReport report = scope.find();
    EXPECT_TRUE(report.clean()) << report.text();
    EXPECT_TRUE(report.running().empty()) << report.text();
  }
}

TEST_P(Leaks, ACheckWaitsForATimerThatIsDueInTime) {
  LeakScope scope;
  scope.settle_limit(60s);
  const auto channel = make_chan<int>();
  go([channel] { (void)channel.recv(); });
  go([channel] {
    sleep_for(30ms);
    channel.send(1);
  });
  EXPECT_EQ(scope.find().text(), "");
}

TEST_P(Leaks, WhoSleepsLongIsNoLeakAndIsNotWaitedFor) {
  run([] {
    LeakScope scope;
    scope.settle_limit(1000s);  // the test's own time limit is shorter
    go({.name = "sleeper"}, [] { sleep_for(24h); });
    go({.name = "patient"}, [] { select(on_recv(Chan<int>()), on_recv(tenter::after(24h))); });
    const LeakReport report = scope.find();
    EXPECT_TRUE(report.clean()) << report.text();
    ASSERT_EQ(report.running().size(), 2u);
    for (const Leak& task : report.running()) {
      EXPECT_EQ(task.reason, LeakReason::still_running);
      EXPECT_EQ(task.doing, task.tasks[0].name == "sleeper" ? "sleeps" : "waits in a select, until a timer fires");
    }
  });
}

TEST_P(Leaks, WhoWaitsForASignalOrADescriptorIsNoLeak) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const RecvChan<int> stop = signals({SIGUSR1});
  {
    LeakScope scope;
    scope.settle_limit(1000s);
    go([stop] { (void)stop.recv(); });
    go([&] { wait_readable(ends[0]); });
    const LeakReport report = scope.find();
    EXPECT_TRUE(report.clean()) << report.text();
    ASSERT_EQ(report.running().size(), 2u) << report.text();
    EXPECT_EQ(report.running()[0].doing, "waits to receive from channel, until a signal comes");
    EXPECT_EQ(report.running()[1].doing, "waits for descriptor");
    ASSERT_EQ(write(ends[1], "x", 1), 1);
    std::raise(SIGUSR1);
    while (!scope.find().running().empty()) { yield(); }
  }
  stop_signals(stop);
  close(ends[0]);
  close(ends[1]);
}

TEST_P(Leaks, WhoWaitsForAContextsDeadlineIsNoLeak) {
  auto [context, cancel] = with_timeout(background(), 24h);
  LeakScope scope;
  scope.settle_limit(1000s);
  go([done = context.done()] { done.recv(); });
  const LeakReport report = scope.find();
  EXPECT_TRUE(report.clean()) << report.text();
  ASSERT_EQ(report.running().size(), 1u);
  EXPECT_EQ(report.running()[0].doing, "waits for done() of a context, until a timer fires");
  cancel();
  EXPECT_EQ(scope.find().text(), "");
}

TEST_P(LeaksBesideABusyWorker, WhoRunsIsNoLeak) {
  std::atomic<bool> runs{false};
  std::atomic<bool> stop{false};
  LeakScope scope;
  scope.settle_limit(20ms);
  const auto channel = make_chan<Unit>();
  go([&] {
    runs = true;
    while (!stop) { std::this_thread::yield(); }
  });
  go({.name = "stuck"}, [channel] { (void)channel.recv(); });
  while (!runs || detail::count_waiting() != 1) { std::this_thread::yield(); }
  const LeakReport report = scope.find();
  stop = true;
  ASSERT_EQ(report.running().size(), 1u) << report.text();
  EXPECT_EQ(report.running()[0].doing, "runs");
  ASSERT_EQ(report.count(), 1u);  // the limit is over, and this one waits
  EXPECT_EQ(report.leaks()[0].tasks[0].name, "stuck");
  channel.close();
  scope.settle_limit(60s).check();
}

// A server outside of the scope is about to answer: whoever waits for it is not stuck.
TEST_P(Leaks, ATaskOfAnotherScopeMayStillHelp) {
  const auto questions = make_chan<Chan<int>>();
  std::atomic<bool> asked{false};
  std::atomic<bool> answer_now{false};
  go([&, questions] {
    for (const auto& question : questions) {
      asked = true;
      while (!answer_now) { yield(); }
      question.send(42);
    }
  });
  {
    LeakScope scope;
    scope.settle_limit(60s);
    go([questions] {
      const auto answer = make_chan<int>();
      questions.send(answer);
      (void)answer.recv();
    });
    while (!asked) { yield(); }
    std::thread later([&] { answer_now = true; });
    EXPECT_EQ(scope.find().text(), "");
    later.join();
  }
  questions.close();
}

// ---- whose task it is ----------------------------------------------------------------------------------------------------

TEST_P(Leaks, ATaskBelongsToTheScopeOfWhoeverStartedIt) {
  const auto never = make_chan<Unit>();
  LeakScope outer("outer");
  go({.name = "before"}, [never] { (void)never.recv(); });
  {
    LeakScope inner("inner");
    go({.name = "child"}, [never] {
      go({.name = "grandchild"}, [never] { (void)never.recv(); });
      (void)never.recv();
    });
    const LeakReport report = inner.find();
    ASSERT_EQ(report.count(), 2u) << report.text();
    for (const Leak& leak : report.leaks()) {
      EXPECT_EQ(leak.scope, "inner");
      for (const LeakedTask& task : leak.tasks) { EXPECT_NE(task.name, "before"); }
    }
  }
  go({.name = "after"}, [never] { (void)never.recv(); });
  EXPECT_EQ(outer.find().count(), 4u) << outer.find().text();
  never.close();
  EXPECT_EQ(outer.find().text(), "");
}

TEST_P(Leaks, ATimersFunctionBelongsToTheScopeThatArmedIt) {
  const auto never = make_chan<Unit>();
  LeakScope outer("outer");
  Timer timer(1h);
  {
    LeakScope inner("inner");
    inner.settle_limit(60s);
    timer = after_func(1ms, [never] { (void)never.recv(); });
    const LeakReport report = inner.find();  // waits for the timer
    ASSERT_TRUE(has_one(report, LeakReason::receive_no_sender, "waits to receive from channel"));
    EXPECT_EQ(report.leaks()[0].scope, "inner");
  }
  never.close();
  outer.check();
}

TEST_P(Leaks, ScopesOfThreadsSideBySideDoNotSeeEachOther) {
  constexpr int threads = 6;
  std::latch all_leaked(threads);
  std::vector<std::thread> tests;
  std::vector<std::string> wrong(threads);
  for (int i = 0; i < threads; ++i) {
    tests.emplace_back([&, i] {
      LeakScope scope("test " + std::to_string(i));
      const auto never = make_chan<Unit>();
      for (int k = 0; k < i; ++k) {
        go({.name = std::to_string(i)}, [never] { (void)never.recv(); });
      }
      all_leaked.arrive_and_wait();
      const LeakReport report = scope.find();
      if (report.count() != static_cast<std::size_t>(i)) {
        wrong[static_cast<std::size_t>(i)] = report.text() + "count";
      }
      for (const Leak& leak : report.leaks()) {
        for (const LeakedTask& task : leak.tasks) {
          if (task.name != std::to_string(i)) { wrong[static_cast<std::size_t>(i)] += "a task of " + task.name; }
        }
      }
      never.close();
      if (!scope.find().clean()) { wrong[static_cast<std::size_t>(i)] += "not mended"; }
    });
  }
  for (std::thread& test : tests) { test.join(); }
  for (const std::string& text : wrong) { EXPECT_EQ(text, ""); }
}

TEST_P(Leaks, ScopesOfTasksSideBySideDoNotSeeEachOther) {
  std::vector<std::string> wrong(4);
  WaitGroup tests;
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    tests.go([&wrong, i] {
      LeakScope scope("test " + std::to_string(i));
      scope.settle_limit(60s);
      const auto never = make_chan<Unit>();
      go([never] { (void)never.recv(); });
      yield();
      const LeakReport report = scope.find();
      if (report.count() != 1) { wrong[i] = report.text() + "count"; }
      never.close();
      if (!scope.find().clean()) { wrong[i] += "not mended"; }
    });
  }
  tests.wait();
  for (const std::string& text : wrong) { EXPECT_EQ(text, ""); }
}

TEST_P(Leaks, AThreadMayEnterAScope) {
  LeakScope scope;
  const auto never = make_chan<Unit>();
  std::thread outside([&] { go([never] { (void)never.recv(); }); });
  outside.join();
  EXPECT_EQ(scope.find().text(), "");
  std::thread inside([&] {
    const LeakScope::Entered here(scope);
    go([never] { (void)never.recv(); });
  });
  inside.join();
  EXPECT_EQ(scope.find().count(), 1u);
  never.close();
}

TEST_P(Leaks, TheMainTaskAndTheCallerAreNoLeaks) {
  run([] {
    EXPECT_EQ(find_leaks().text(), "");
    LeakScope scope;
    WaitGroup done;
    done.go([] { expect_no_leaks(); });
    done.wait();
  });
}

TEST_P(Leaks, OutsideOfScopesTheWholeProgramIsChecked) {
  run([] {
    const auto never = make_chan<Unit>();
    go({.name = "forgotten"}, [never] { (void)never.recv(); });
    EXPECT_TRUE(has_one(find_leaks(), LeakReason::receive_no_sender, "waits to receive from channel"));
    EXPECT_EQ(find_leaks().leaks()[0].tasks[0].name, "forgotten");
    EXPECT_THROW(expect_no_leaks(), LeakError);
    never.close();
    expect_no_leaks();
  });
  EXPECT_EQ(find_leaks().text(), "");  // what a run leaves over is over
}

TEST_P(Leaks, WhatARunLeftWaitingIsALeakOfTheScopeAround) {
  LeakScope scope;
  run([] {
    const auto never = make_chan<Unit>();
    const auto started = make_chan<Unit>();
    go({.name = "left"}, [=] {
      started.close();
      (void)never.recv();
    });
    (void)started.recv();
    while (find_leaks().clean()) {}
  });
  const LeakReport report = scope.find();
  ASSERT_TRUE(has_one(report, LeakReason::receive_no_sender, "waits to receive from channel"));
  EXPECT_EQ(report.leaks()[0].tasks[0].name, "left");
}

// One of those left over was about to run when the main task returned. It might have helped the other.
TEST_P(Leaks, WhatARunLeftOnItsWayIsNone) {
  LeakScope scope;
  scope.settle_limit(60s);
  run([] {
    const auto channel = make_chan<int>();
    go([channel] { (void)channel.recv(); });
    while (detail::count_waiting() == 0) { yield(); }
    go([channel] {
      sleep_for(24h);
      channel.send(1);
    });
    while (detail::count_waiting() < 2) { yield(); }
  });
  EXPECT_EQ(scope.find().text(), "");
}

// ---- what is left out ------------------------------------------------------------------------------------------------------

void fire_up(const Chan<Unit>& never) {
  go({.name = "metrics 7"}, [never] { (void)never.recv(); });
}

TEST_P(Leaks, IgnoredByName) {
  const auto never = make_chan<Unit>();
  LeakScope outer;
  {
    LeakScope scope;
    fire_up(never);
    EXPECT_EQ(scope.find().count(), 1u);
    EXPECT_EQ(scope.ignore("metric").find().count(), 1u);
    EXPECT_EQ(scope.ignore("metrics *").find().text(), "");
    LeakScope inner;
    fire_up(never);
    EXPECT_EQ(inner.find().text(), "");
  }
  EXPECT_EQ(outer.find().count(), 2u);
  never.close();
}

TEST_P(Leaks, IgnoredByTheCreatingFunction) {
  const auto never = make_chan<Unit>();
  LeakScope scope;
  fire_up(never);
  const LeakReport report = scope.find();
  ASSERT_EQ(report.leaks().size(), 1u);
  EXPECT_NE(report.leaks()[0].created_at.find("fire_up"), std::string::npos) << report.text();
  EXPECT_NE(report.leaks()[0].waits_at.find("fire_up"), std::string::npos) << report.text();
  EXPECT_EQ(scope.ignore("*fire_down").find().count(), 1u);
  EXPECT_EQ(scope.ignore("*fire_up").find().text(), "");
  never.close();
}

TEST_P(Leaks, IgnoredBecauseItWasThereBefore) {
  const auto never = make_chan<Unit>();
  LeakScope scope;
  fire_up(never);
  scope.find();
  scope.ignore_current();
  EXPECT_EQ(scope.find().text(), "");
  fire_up(never);
  EXPECT_EQ(scope.find().count(), 1u);
  never.close();
}

// ---- the report, and how a check fails -------------------------------------------------------------------------------------

TEST_P(Leaks, TasksOfOnePlaceAreOneLeak) {
  const auto never = make_chan<Unit>();
  LeakScope scope("Pool.\"Stops\"");
  for (int i = 0; i < 100; ++i) {
    go({.name = "worker " + std::to_string(i)}, [never] { (void)never.recv(); });
  }
  WaitGroup group;
  group.add();
  go([&] { group.wait(); });
  const LeakReport report = scope.find();
  ASSERT_EQ(report.leaks().size(), 2u) << report.text();
  EXPECT_EQ(report.leaks()[0].count(), 100u);
  EXPECT_EQ(report.leaks()[1].count(), 1u);
  const std::string text = report.text();
  EXPECT_NE(text.find("101 tasks were left behind in scope `Pool.\"Stops\"`:\n"), std::string::npos) << text;
  EXPECT_NE(text.find("  100 tasks: waits to receive from channel"), std::string::npos) << text;
  EXPECT_NE(text.find("[receive-no-sender]"), std::string::npos) << text;
  EXPECT_NE(text.find("`worker 0`"), std::string::npos) << text;
  EXPECT_EQ(text.find("`worker 9`"), std::string::npos) << text;
  const nlohmann::json json = nlohmann::json::parse(report.to_json());
  EXPECT_EQ(json["clean"], false);
  EXPECT_EQ(json["scope"], "Pool.\"Stops\"");
  ASSERT_EQ(json["leaks"].size(), 2u);
  EXPECT_EQ(json["leaks"][0]["kind"], "task-leak");
  EXPECT_EQ(json["leaks"][0]["reason"], "receive-no-sender");
  EXPECT_EQ(json["leaks"][0]["count"], 100);
  EXPECT_EQ(json["leaks"][0]["tasks"][99]["name"], "worker 99");
  EXPECT_TRUE(json["leaks"][0]["tasks"][0]["object"].get<std::string>().starts_with("0x"));
  EXPECT_GE(json["leaks"][0]["tasks"][0]["waiting_for_ns"].get<std::int64_t>(), 0);
  EXPECT_EQ(json["leaks"][1]["reason"], "wait-group-never-done");
  EXPECT_EQ(json["running"].size(), 0u);
  never.close();
  group.done();
  EXPECT_EQ(scope.find().text(), "");
}

TEST_P(Leaks, CheckThrowsTheReport) {
  const auto never = make_chan<Unit>();
  LeakScope scope;
  scope.check();
  go([never] { (void)never.recv(); });
  try {
    scope.check();
    FAIL() << "a leak was overlooked";
  } catch (const LeakError& error) {
    EXPECT_EQ(error.report().count(), 1u);
    EXPECT_NE(std::string(error.what()).find("1 task was left behind"), std::string::npos) << error.what();
  }
  EXPECT_THROW(expect_no_leaks(), LeakError);
  never.close();
  expect_no_leaks();
}

TEST_P(Leaks, AScopeThatNobodyCheckedChecksItself) {
  const auto never = make_chan<Unit>();
  const auto leaky = [&] {
    LeakScope scope;
    go([never] { (void)never.recv(); });
  };
  EXPECT_THROW(leaky(), LeakError);
  testing::internal::CaptureStderr();
  const auto throws = [&] {
    LeakScope scope;
    go([never] { (void)never.recv(); });
    throw std::runtime_error("first");
  };
  EXPECT_THROW(throws(), std::runtime_error);
  EXPECT_NE(testing::internal::GetCapturedStderr().find("1 task was left behind"), std::string::npos);
  {
    LeakScope scope;
    go([never] { (void)never.recv(); });
    EXPECT_FALSE(scope.find().clean());  // it was checked, so it keeps quiet
  }
  never.close();
}

TEST_P(Leaks, ALeakEndsAProgramThatDoesNotCatchIt) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(run([] {
                go({.name = "forgotten"}, [] { Chan<int>().send(1); });
                expect_no_leaks();
              }),
              testing::ExitedWithCode(2), "LeakError: 1 task was left behind:.*nil channel.*forgotten");
}

// Many scopes come and go while tasks start and end: names stay whole, counts right.
TEST_P(Leaks, ChecksAmongTasksThatComeAndGo) {
  std::atomic<bool> stop{false};
  std::vector<std::thread> others;
  for (int i = 0; i < 2; ++i) {
    others.emplace_back([&] {
      while (!stop) {
        WaitGroup group;
        for (int k = 0; k < 20; ++k) {
          group.go({.name = std::string(static_cast<std::size_t>(k) * 10, 'x')}, [] { yield(); });
        }
        group.wait();
      }
    });
  }
  for (int i = 0; i < 30; ++i) {
    LeakScope scope;
    scope.settle_limit(2ms);
    const auto never = make_chan<Unit>();
    go({.name = "a task with a name that is too long for a short string"}, [never] { (void)never.recv(); });
    while (scope.find().clean()) {}
    const LeakReport report = scope.find();
    ASSERT_EQ(report.count(), 1u) << report.text();
    EXPECT_EQ(report.leaks()[0].tasks[0].name, "a task with a name that is too long for a short string");
    never.close();
    while (!scope.find().running().empty() || !scope.find().clean()) {}
  }
  stop = true;
  for (std::thread& other : others) { other.join(); }
}

}  // namespace
}  // namespace tenter
