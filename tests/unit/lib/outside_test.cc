// Who waits for something outside of the program is not asleep for good; who only could have waited for it is.
#include <gtest/gtest.h>

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
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

// For this thread and those that it starts, as if the kernel did not have the call.
void take_away(unsigned system_call) {
  std::array<sock_filter, 4> program{{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, system_call, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  }};
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
    std::abort();
  }
}

TEST_P(OutsideWorld, AKernelWithoutEpollPwait2WillDo) {
  EXPECT_EXIT(
      {
        take_away(SYS_epoll_pwait2);
        leave(run([] {
          const Pipe pipe;
          const bool too_early = wait_readable(pipe.ends[0], now() + 2ms);
          later_from_outside([&] { (void)!write(pipe.ends[1], "x", 1); });
          return !too_early && wait_readable(pipe.ends[0]) ? 17 : 0;
        }));
      },
      ExitedWithCode(17), "");
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
