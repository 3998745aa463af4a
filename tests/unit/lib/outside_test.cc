// Who waits for something outside of the program is not asleep for good; who only could have waited for it is.
#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include <tenter/tenter.h>

#include "task/scheduler.h"

namespace tenter {
namespace {

using namespace std::chrono_literals;
using testing::ExitedWithCode;
using testing::KilledBySignal;

constexpr const char* asleep = "all tasks are asleep - deadlock!";

class OutsideWorld : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    // A child that is forked off a process with workers would have none of them.
    testing::GTEST_FLAG(death_test_style) = "threadsafe";
    set_max_workers(GetParam());
  }
};
INSTANTIATE_TEST_SUITE_P(Workers, OutsideWorld, testing::Values(1, 2, 4));

[[noreturn]] void leave(int code) {
  std::fflush(nullptr);
  std::_Exit(code);
}

struct Pipe {
  Pipe() {
    if (pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) != 0) { std::abort(); }
  }
  std::array<int, 2> ends{};
};

// Another process, so that no thread of this one keeps the check from looking. It waits for longer than the check takes to
// be sure, and then does something to this process.
template <class F>
void later_from_outside(F act) {
  if (fork() == 0) {
    usleep(300'000);
    act();
    _exit(0);
  }
}

TEST_P(OutsideWorld, ADescriptorMayBecomeReady) {
  EXPECT_EXIT(leave(run([] {
                const Pipe pipe;
                later_from_outside([&] { (void)!write(pipe.ends[1], "x", 1); });
                const auto channel = make_chan<int>();
                go([=] { channel.send(wait_readable(pipe.ends[0]) ? 11 : 0); });
                return channel.recv().value();
              })),
              ExitedWithCode(11), "");
}

TEST_P(OutsideWorld, ADeadlineOfADescriptorMayCome) {
  EXPECT_EXIT(leave(run([] {
                const Pipe pipe;
                return wait_readable(pipe.ends[0], std::chrono::steady_clock::now() + 300ms) ? 0 : 12;
              })),
              ExitedWithCode(12), "");
}

TEST_P(OutsideWorld, AThreadMayWaitForADescriptor) {
  const Pipe pipe;
  EXPECT_EXIT(
      {
        later_from_outside([&] { (void)!write(pipe.ends[1], "x", 1); });
        leave(wait_readable(pipe.ends[0]) ? 13 : 0);
      },
      ExitedWithCode(13), "");
}

TEST_P(OutsideWorld, ASignalMayCome) {
  EXPECT_EXIT(leave(run([] {
                const auto interrupted = signals({SIGUSR1});
                later_from_outside([parent = getpid()] { kill(parent, SIGUSR1); });
                const auto channel = make_chan<int>();
                go([=] { channel.send(interrupted.recv() == SIGUSR1 ? 14 : 0); });
                return channel.recv().value();
              })),
              ExitedWithCode(14), "");
}

TEST_P(OutsideWorld, ASignalThatAllThreadsBlockComesAllTheSame) {
  EXPECT_EXIT(
      {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, nullptr);  // the threads to come inherit it
        leave(run([] {
          const auto interrupted = signals({SIGUSR1});
          kill(getpid(), SIGUSR1);
          return interrupted.recv() == SIGUSR1 ? 16 : 0;
        }));
      },
      ExitedWithCode(16), "");
}

TEST_P(OutsideWorld, AThreadMayWaitForASignal) {
  EXPECT_EXIT(
      {
        const auto interrupted = signals({SIGUSR1});
        later_from_outside([parent = getpid()] { kill(parent, SIGUSR1); });
        leave(interrupted.recv() == SIGUSR1 ? 15 : 0);
      },
      ExitedWithCode(15), "");
}

// The other way round: what nobody waits for wakes nobody.
TEST_P(OutsideWorld, ASignalThatNobodyWaitsForWakesNobody) {
  EXPECT_EXIT(run([] {
                const auto unused = signals({SIGUSR1});
                (void)make_chan<int>().recv();
              }),
              ExitedWithCode(2), asleep);
}

TEST_P(OutsideWorld, AfterItIsStoppedASignalWakesNobody) {
  EXPECT_EXIT(run([] {
                const auto interrupted = signals({SIGUSR1});
                stop_signals(interrupted);
                (void)interrupted.recv();
              }),
              ExitedWithCode(2), asleep);
}

TEST_P(OutsideWorld, ADescriptorThatWasWaitedForBeforeWakesNobody) {
  EXPECT_EXIT(run([] {
                const Pipe pipe;
                (void)!write(pipe.ends[1], "x", 1);
                wait_readable(pipe.ends[0]);
                (void)make_chan<int>().recv();
              }),
              ExitedWithCode(2), asleep);
}

// Those who still wait belong to a run that is over.
TEST_P(OutsideWorld, AWaitOfAnEarlierRunWakesNobody) {
  EXPECT_EXIT(
      {
        const Pipe pipe;
        run([&] {
          go([&] { wait_readable(pipe.ends[0]); });
          while (detail::count_waiting() != 1) { yield(); }
        });
        run([] { (void)make_chan<int>().recv(); });
      },
      ExitedWithCode(2), asleep);
}

// The last handle is gone, so the signal does what it does to any process.
TEST_P(OutsideWorld, AForgottenSignalTakesItsOldEffect) {
  EXPECT_EXIT(run([] {
                { const auto forgotten = signals({SIGTERM}); }
                raise(SIGTERM);
                sleep_for(1h);
              }),
              KilledBySignal(SIGTERM), "");
}

}  // namespace
}  // namespace tenter
