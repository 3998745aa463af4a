// How programs end: by an exception that leaves a task, or asleep for good.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <tenter/tenter.h>

#include "task/decisions.h"
#include "task/scheduler.h"

namespace tenter {
namespace {

using namespace std::chrono_literals;
using testing::ExitedWithCode;

constexpr const char* asleep = "all tasks are asleep - deadlock!";

class Ending : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    // A child that is forked off a process with workers would have none of them.
    testing::GTEST_FLAG(death_test_style) = "threadsafe";
    setenv("TENTER_SYMBOLIZER", "none", 1);  // lines are places_test.cc's
    set_max_workers(GetParam());
  }
};
INSTANTIATE_TEST_SUITE_P(Workers, Ending, testing::Values(1, 2, 4));

TEST_P(Ending, S063_an_exception_that_leaves_a_task_ends_the_process) {
  EXPECT_EXIT(run([] {
                const auto never = make_chan<int>();
                go({.name = "fetcher"}, [] { throw std::runtime_error("no such host"); });
                (void)never.recv();
              }),
              ExitedWithCode(2), "fetcher.*created at.*std::runtime_error: no such host");
}

TEST_P(Ending, AnExceptionThatLeavesTheMainTask) {
  EXPECT_EXIT(run([] { throw std::logic_error("main"); }), ExitedWithCode(2), "`main`.*std::logic_error: main");
}

TEST_P(Ending, AnExceptionOfAForeignType) {
  EXPECT_EXIT(run([] { throw 5; }), ExitedWithCode(2), "`main`.*: int");
}

TEST_P(Ending, OurOwnErrorThatLeavesATask) {
  EXPECT_EXIT(run([] {
                const auto channel = make_chan<int>();
                channel.close();
                channel.send(1);
              }),
              ExitedWithCode(2), "send on closed channel");
}

TEST_P(Ending, S065_asleep_on_a_channel) {
  EXPECT_EXIT(run([] { (void)make_chan<int>().recv(); }), ExitedWithCode(2), asleep);
  EXPECT_EXIT(run([] { make_chan<int>().send(1); }), ExitedWithCode(2), "main.*waits to send on channel");
}

TEST_P(Ending, S066_asleep_on_nil) {
  EXPECT_EXIT(run([] { (void)Chan<int>().recv(); }), ExitedWithCode(2), "nil channel");
  EXPECT_EXIT(run([] { Chan<int>().send(1); }), ExitedWithCode(2), "nil channel");
  EXPECT_EXIT(run([] { select(); }), ExitedWithCode(2), "waits in a select");
  EXPECT_EXIT(run([] { select(on_recv(Chan<int>())); }), ExitedWithCode(2), asleep);
}

TEST_P(Ending, AsleepOnLocksAndGroups) {
  EXPECT_EXIT(run([] {
                Mutex mutex;
                mutex.lock();
                mutex.lock();
              }),
              ExitedWithCode(2), "main.*waits for lock");
  EXPECT_EXIT(run([] {
                WaitGroup group;
                group.add(1);
                group.wait();
              }),
              ExitedWithCode(2), "main.*waits for wait group");
  EXPECT_EXIT(run([] {
                Mutex mutex;
                Cond cond(mutex);
                mutex.lock();
                cond.wait();
              }),
              ExitedWithCode(2), "main.*waits on condition");
  EXPECT_EXIT(run([] {
                Once once;
                once.call([&] { once.call([] {}); });
              }),
              ExitedWithCode(2), asleep);
  EXPECT_EXIT(run([] { Semaphore(0).acquire(); }), ExitedWithCode(2), "semaphore");
  EXPECT_EXIT(run([] {
                RWMutex mutex;
                mutex.lock_shared();
                mutex.lock();
              }),
              ExitedWithCode(2), asleep);
}

TEST_P(Ending, AsleepNamesEveryone) {
  EXPECT_EXIT(run([] {
                Mutex a;
                Mutex b;
                const auto both = make_chan<Unit>();
                WaitGroup group;
                group.go({.name = "left"}, [&] {
                  std::lock_guard first(a);
                  both.send({});
                  std::lock_guard second(b);
                });
                group.go({.name = "right"}, [&] {
                  std::lock_guard first(b);
                  (void)both.recv();
                  std::lock_guard second(a);
                });
                group.wait();
              }),
              ExitedWithCode(2), "main.*waits for wait group(.|\n)*left.*waits for lock(.|\n)*right.*waits for lock");
}

// ---- what the report says ---------------------------------------------------------------------------------------------

__attribute__((noinline)) void lock_it_here(Mutex& mutex) {
  mutex.lock();
  asm volatile("");  // the call shall not be the last thing here, or it would have no place of its own
}

__attribute__((noinline)) void wait_for_it_here(Cond& changed) {
  changed.wait();
  asm volatile("");
}

Mutex table_lock;

TEST_P(Ending, AsleepSaysWhereTheProgramCalled) {
  EXPECT_EXIT(run([] {
                Mutex mutex;
                lock_it_here(mutex);
                lock_it_here(mutex);
              }),
              ExitedWithCode(2), "called at lib_ending_test\\+0x[0-9a-f]+ \\(.*lock_it_here");
  // Nothing that the library calls for it takes the place, and a task that goes on elsewhere keeps its own.
  EXPECT_EXIT(run([] {
                Mutex mutex;
                Cond changed(mutex);
                mutex.lock();
                go([] {
                  yield();
                  lock_it_here(table_lock);
                  lock_it_here(table_lock);
                });
                wait_for_it_here(changed);
              }),
              ExitedWithCode(2), "condition .*called at .*wait_for_it_here(.|\n)*task 2 .*called at .*lock_it_here");
  EXPECT_EXIT(
      {
        Mutex mutex;
        lock_it_here(mutex);
        lock_it_here(mutex);
      },
      ExitedWithCode(2), "thread [0-9]+ waits for lock .*called at .*lock_it_here");
}

TEST_P(Ending, AsleepNamesWhatHasAName) {
  EXPECT_EXIT(run([] {
                lock_it_here(table_lock);
                lock_it_here(table_lock);
              }),
              ExitedWithCode(2), "waits for lock 0x[0-9a-f]+ `tenter::\\(anonymous namespace\\)::table_lock`");
}

TEST_P(Ending, AsleepListsTheChannelsOfASelect) {
  EXPECT_EXIT(run([] {
                const auto a = make_chan<int>();
                const auto b = make_chan<int>();
                select(on_recv(a), on_send(b, 1), on_recv(Chan<int>()));
              }),
              ExitedWithCode(2), "in a select of channels 0x[0-9a-f]+, 0x[0-9a-f]+, called at");
}

// In virtual time: one waits from the start, the other from a minute and a half later.
TEST_P(Ending, AsleepSaysSinceWhen) {
  EXPECT_EXIT(
      {
        detail::SeededDecisions decisions(1);
        detail::install_decisions(&decisions);
        run([] {
          go({.name = "early"}, [] { make_chan<int>().send(1); });
          sleep_for(90s);
          (void)make_chan<int>().recv();
        });
      },
      ExitedWithCode(2), "`main` waits to receive.*, for 0\\.0 s(.|\n)*`early` waits to send.*, for 90\\.0 s");
}

// And in real time, as far as a test can say: what waited through a sleep of the others has waited that long.
TEST_P(Ending, AsleepSaysSinceWhenByTheRealClockToo) {
  EXPECT_EXIT(run([] {
                go({.name = "early"}, [] { make_chan<int>().send(1); });
                while (detail::count_waiting() == 0) { yield(); }
                sleep_for(210ms);
                (void)make_chan<int>().recv();
              }),
              ExitedWithCode(2), "`early` waits to send.*, for (0\\.[2-9]|[1-9][0-9]*\\.[0-9]) s");
}

// A timer that nobody waits for does not keep a program alive.
TEST_P(Ending, S067_asleep_beside_a_timer_that_wakes_nobody) {
  EXPECT_EXIT(run([] {
                const auto unused = after(1h);
                Ticker ticker(10h);
                (void)make_chan<int>().recv();
              }),
              ExitedWithCode(2), asleep);
}

TEST_P(Ending, AsleepWithoutRun) {
  EXPECT_EXIT((void)make_chan<int>().recv(), ExitedWithCode(2), "thread.*waits to receive from channel");
}

TEST_P(Ending, AsleepAlthoughAThreadWasThere) {
  EXPECT_EXIT(run([] {
                const auto channel = make_chan<int>();
                std::thread thread([=] { channel.send(1); });
                (void)channel.recv();
                thread.detach();
                (void)channel.recv();
              }),
              ExitedWithCode(2), asleep);
}

TEST_P(Ending, AsleepWithAThreadThatWaitsToo) {
  EXPECT_EXIT(run([] {
                const auto a = make_chan<int>();
                const auto b = make_chan<int>();
                std::thread([=] { (void)a.recv(); }).detach();
                (void)b.recv();
              }),
              ExitedWithCode(2), "thread.*waits");
}

TEST_P(Ending, AsleepAfterABlockingCall) {
  EXPECT_EXIT(run([] {
                blocking([] {});
                (void)make_chan<int>().recv();
              }),
              ExitedWithCode(2), asleep);
  EXPECT_EXIT(run([] { blocking([] { (void)make_chan<int>().recv(); }); }), ExitedWithCode(2), asleep);
}

// ---- not asleep -------------------------------------------------------------------------------------------------------

[[noreturn]] void leave(int code) {
  std::fflush(nullptr);
  std::_Exit(code);
}

TEST_P(Ending, NotAsleepWhileASleeperMayWakeOthers) {
  EXPECT_EXIT(leave(run([] {
                const auto channel = make_chan<int>();
                go([=] {
                  sleep_for(20ms);
                  channel.send(7);
                });
                return channel.recv().value();
              })),
              ExitedWithCode(7), "");
}

TEST_P(Ending, NotAsleepWhileATimerIsWaitedFor) {
  EXPECT_EXIT(leave(run([] { return static_cast<int>(after(20ms).recv().has_value()) + 4; })), ExitedWithCode(5), "");
  EXPECT_EXIT(leave(run([] {
                const auto channel = make_chan<int>();
                const Timer timer = after_func(20ms, [=] { channel.send(6); });
                return channel.recv().value();
              })),
              ExitedWithCode(6), "");
}

// Outside of the library, until somebody waits inside and the library has looked for sleepers some more times: it would have
// declared the program asleep by then.
void stay_elsewhere() {
  while (detail::count_waiting() == 0) { std::this_thread::yield(); }
  const std::uint64_t before = detail::AsleepCheck::looks();
  while (detail::AsleepCheck::looks() < before + 4) { std::this_thread::yield(); }
}

// A thread outside of the library may come back at any time.
TEST_P(Ending, NotAsleepWhileAThreadIsElsewhere) {
  EXPECT_EXIT(leave(run([] {
                const auto channel = make_chan<int>();
                std::thread([=] {
                  stay_elsewhere();
                  channel.send(8);
                }).detach();
                return channel.recv().value();
              })),
              ExitedWithCode(8), "");
}

TEST_P(Ending, NotAsleepWhileAThreadJoins) {
  const auto channel = make_chan<int>();
  EXPECT_EXIT(
      {
        std::thread inner([=] { (void)channel.recv(); });
        stay_elsewhere();
        channel.send(1);
        inner.join();
        leave(9);
      },
      ExitedWithCode(9), "");
}

TEST_P(Ending, NotAsleepWhileABlockingCallRuns) {
  EXPECT_EXIT(leave(run([] {
                const auto channel = make_chan<int>();
                go([=] {
                  blocking(stay_elsewhere);
                  channel.send(10);
                });
                return channel.recv().value();
              })),
              ExitedWithCode(10), "");
}

}  // namespace
}  // namespace tenter
