// Signals on channels: who gets them, and what their action is before, meanwhile and afterwards.
#include <csignal>
#include <cstdlib>

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>
#include <utility>

#include "everywhere.h"

namespace tenter {
namespace {

using SignalAction = void (*)(int);

SignalAction action_of(int number) {
  struct sigaction action{};
  EXPECT_EQ(sigaction(number, nullptr, &action), 0);
  return action.sa_handler;
}

// A test's own handler, which counts, until the end of the test.
class CountingHandler {
 public:
  explicit CountingHandler(int number, int flags = 0) : number_(number) {
    calls = 0;
    struct sigaction action{};
    action.sa_handler = [](int) { ++calls; };
    action.sa_flags = flags;
    EXPECT_EQ(sigaction(number, &action, &before_), 0);
  }
  ~CountingHandler() { sigaction(number_, &before_, nullptr); }
  CountingHandler(const CountingHandler&) = delete;
  CountingHandler& operator=(const CountingHandler&) = delete;
  static inline std::atomic<int> calls{0};

 private:
  const int number_;
  struct sigaction before_{};
};

class Signals : public Everywhere {};
INSTANTIATE_TEST_SUITE_P(Places, Signals, all_places(), place_name);

TEST_P(Signals, AreReceivedByNumber) {
  here([&] {
    const auto channel = signals({SIGUSR1, SIGUSR2});
    std::raise(SIGUSR2);
    EXPECT_EQ(channel.recv(), SIGUSR2);
    std::raise(SIGUSR1);
    EXPECT_EQ(channel.recv(), SIGUSR1);
    EXPECT_FALSE(channel.try_recv().value);
    stop_signals(channel);
  });
}

TEST_P(Signals, AreWaitedFor) {
  here([&] {
    const auto channel = signals({SIGUSR1});
    const auto done = make_chan<int>();
    spawn([&] {
      std::size_t chosen = select(on_recv(done), on_recv(channel, [](int number) { EXPECT_EQ(number, SIGUSR1); }));
      EXPECT_EQ(chosen, 1u);
    });
    until_waiting(1);
    std::raise(SIGUSR1);
    join();
    stop_signals(channel);
  });
}

TEST_P(Signals, EachChannelGetsIt) {
  here([&] {
    const auto first = signals({SIGUSR1});
    const auto second = signals({SIGUSR2, SIGUSR1});
    std::raise(SIGUSR1);
    EXPECT_EQ(first.recv(), SIGUSR1);
    EXPECT_EQ(second.recv(), SIGUSR1);
    stop_signals(first);
    std::raise(SIGUSR1);
    EXPECT_EQ(second.recv(), SIGUSR1);
    EXPECT_FALSE(first.try_recv().value);
    stop_signals(second);
  });
}

// The buffer holds 16, and what comes then is dropped: passing on a signal waits for nobody.
TEST_P(Signals, WaitForNoReceiver) {
  here([&] {
    const auto full = signals({SIGUSR1});
    const auto emptied = signals({SIGUSR1});
    for (int i = 0; i < 20; ++i) {
      std::raise(SIGUSR1);
      EXPECT_EQ(emptied.recv(), SIGUSR1);
    }
    int kept = 0;
    while (full.try_recv().value) { ++kept; }
    EXPECT_EQ(kept, 16);
    stop_signals(full);
    stop_signals(emptied);
  });
}

TEST_P(Signals, TheActionIsTakenOverAndGivenBack) {
  here([&] {
    const CountingHandler own(SIGUSR1);
    const SignalAction before = action_of(SIGUSR1);
    const auto first = signals({SIGUSR1});
    const auto second = signals({SIGUSR1});
    EXPECT_NE(action_of(SIGUSR1), before);
    std::raise(SIGUSR1);
    EXPECT_EQ(first.recv(), SIGUSR1);
    EXPECT_EQ(own.calls, 0);
    stop_signals(first);
    EXPECT_NE(action_of(SIGUSR1), before);
    stop_signals(second);
    EXPECT_EQ(action_of(SIGUSR1), before);
    stop_signals(second);  // of no effect
    stop_signals(RecvChan<int>());
    std::raise(SIGUSR1);
    EXPECT_EQ(own.calls, 1);
  });
}

TEST_P(Signals, WithoutAHandleTheyDoWhatTheyDidBefore) {
  here([&] {
    const CountingHandler own(SIGUSR1);
    const SignalAction before = action_of(SIGUSR1);
    { const auto forgotten = signals({SIGUSR1, SIGUSR2}); }
    std::raise(SIGUSR1);
    while (own.calls != 1) { yield(); }
    EXPECT_EQ(action_of(SIGUSR1), before);
    EXPECT_EQ(action_of(SIGUSR2), SIG_DFL);
  });
}

// ThreadSanitizer would keep it until the thread wakes.
TEST(SignalsOfTheProgram, AHandlerRunsInAThreadThatSleepsInTheLibrary) {
  const CountingHandler own(SIGUSR1, SA_RESTART);
  const auto values = make_chan<int>();
  std::thread sleeper([&] { EXPECT_EQ(values.recv().value_or(0), 7); });
  until_waiting(1);
  ASSERT_EQ(pthread_kill(sleeper.native_handle(), SIGUSR1), 0);
  while (own.calls != 1) { std::this_thread::yield(); }
  values.send(7);
  sleeper.join();
}

TEST_P(Signals, AnActionThatTheProgramSetMeanwhileStays) {
  here([&] {
    const auto channel = signals({SIGUSR1});
    const SignalAction ours = action_of(SIGUSR1);
    const CountingHandler own(SIGUSR1);
    stop_signals(channel);
    EXPECT_NE(action_of(SIGUSR1), ours);
    std::raise(SIGUSR1);
    EXPECT_EQ(own.calls, 1);
  });
  std::signal(SIGUSR1, SIG_DFL);
}

TEST_P(Signals, OnlyThoseThatCanBeReceived) {
  here([&] {
    EXPECT_THROW((void)signals({}), Error);
    for (const int number : {0, -1, 65, 1000, SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGFPE, SIGILL, 32}) {
      EXPECT_THROW((void)signals({SIGUSR1, number}), Error) << number;
      EXPECT_EQ(action_of(SIGUSR1), SIG_DFL) << number;
    }
  });
}

TEST_P(Signals, AChildHasTheActionsOfBefore) {
  here([&] {
    const auto channel = signals({SIGTERM});
    const pid_t child = fork();
    if (child == 0) {
      std::raise(SIGTERM);
      _exit(0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), SIGTERM);
    EXPECT_FALSE(channel.try_recv().value);
    stop_signals(channel);
  });
}

}  // namespace
}  // namespace tenter
