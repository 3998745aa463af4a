// Tasks: starting, ending, yielding, running elsewhere.
#include <sys/resource.h>

#include <array>
#include <atomic>
#include <cfenv>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>

#include "everywhere.h"

namespace tenter {
namespace {

using namespace std::chrono_literals;

class Tasks : public Everywhere {};
INSTANTIATE_TEST_SUITE_P(Places, Tasks, all_places(), place_name);

TEST_P(Tasks, GoRunsItsFunctionWithCopiesOfItsArguments) {
  here([&] {
    const auto done = make_chan<std::string>();
    std::string text = "before";
    go([done](std::string s, int n) { done.send(s + std::to_string(n)); }, text, 5);
    text = "after";
    EXPECT_EQ(done.recv(), "before5");
    go({.name = "named"}, [done](std::unique_ptr<int> p) { done.send(std::to_string(*p)); }, std::make_unique<int>(3));
    EXPECT_EQ(done.recv(), "3");
    go([](const Chan<std::string>& c, std::string& by_reference) { c.send(by_reference); }, done, std::ref(text));
    EXPECT_EQ(done.recv(), "after");
  });
}

TEST_P(Tasks, EachHasItsOwnRoundingMode) {
  here([&] {
    const auto there = make_chan<Unit>();
    const auto back = make_chan<Unit>();
    spawn([=] {
      EXPECT_EQ(std::fegetround(), FE_TONEAREST);
      std::fesetround(FE_UPWARD);
      there.send({});
      back.recv();
      EXPECT_EQ(std::fegetround(), FE_UPWARD);
      std::fesetround(FE_TONEAREST);
    });
    there.recv();
    EXPECT_EQ(std::fegetround(), FE_TONEAREST);
    std::fesetround(FE_DOWNWARD);
    back.send({});
    yield();
    EXPECT_EQ(std::fegetround(), FE_DOWNWARD);
    std::fesetround(FE_TONEAREST);
  });
}

TEST_P(Tasks, GoTakesMemberFunctions) {
  struct Worker {
    Chan<int> out;
    void work(int n) { out.send(n); }
  };
  here([&] {
    Worker worker{make_chan<int>(1)};
    go(&Worker::work, &worker, 4);
    EXPECT_EQ(worker.out.recv(), 4);
  });
}

TEST_P(Tasks, AClosureMayBeLarge) {
  here([&] {
    const auto done = make_chan<int>();
    std::array<char, 100'000> much{};
    much[99'999] = 3;
    go([done, much] { done.send(much[99'999]); });
    EXPECT_EQ(done.recv(), 3);
  });
}

TEST_P(Tasks, ManyRunToTheirEnd) {
  here([&] {
    WaitGroup group;
    std::atomic<int> sum{0};
    for (int i = 0; i < 10'000; ++i) {
      group.go([&] {
        yield();
        ++sum;
      });
    }
    group.wait();
    EXPECT_EQ(sum, 10'000);
  });
}

TEST_P(Tasks, ManyWaitAtATime) {
  here([&] {
    WaitGroup group;
    const auto gate = make_chan<Unit>();
    for (int i = 0; i < 10'000; ++i) {
      group.go([&] { (void)gate.recv(); });
    }
    gate.close();
    group.wait();
  });
}

TEST_P(Tasks, ATaskMayStartTasks) {
  here([&] {
    WaitGroup group;
    std::atomic<int> leaves{0};
    std::function<void(int)> grow = [&](int depth) {
      if (depth == 0) {
        ++leaves;
        return;
      }
      for (int i = 0; i < 2; ++i) {
        group.go([&, depth] { grow(depth - 1); });
      }
    };
    grow(10);
    group.wait();
    EXPECT_EQ(leaves, 1024);
  });
}

// Two tasks that keep waking each other must not keep others from running.
TEST_P(Tasks, APairThatPlaysForEverStarvesNobody) {
  here([&] {
    const auto ping = make_chan<int>();
    const auto pong = make_chan<int>();
    WaitGroup group;
    group.go([=] {
      for (int ball : ping) { pong.send(ball); }
      pong.close();
    });
    std::atomic<bool> stop{false};
    group.go([&stop, ping, pong] {
      while (!stop) {
        ping.send(1);
        (void)pong.recv();
      }
      ping.close();
    });
    WaitGroup others;
    for (int i = 0; i < 100; ++i) {
      others.go([] { yield(); });
    }
    others.wait();
    stop = true;
    group.wait();
  });
}

TEST_P(Tasks, BlockingRunsTheFunctionAndReturnsItsValue) {
  here([&] {
    EXPECT_EQ(blocking([] { return 5; }), 5);
    EXPECT_EQ(*blocking([] { return std::make_unique<int>(6); }), 6);
    EXPECT_THROW(blocking([] { throw std::runtime_error("within"); }), std::runtime_error);
    bool called = false;
    blocking([&] { called = true; });
    EXPECT_TRUE(called);
  });
}

// Each of these holds its thread until all are there, which takes as many threads as there are of them.
TEST_P(Tasks, BlockingCallsDoNotUseUpTheWorkers) {
  here([&] {
    std::atomic<int> there{0};
    WaitGroup group;
    for (int i = 0; i < 8; ++i) {
      group.go([&] {
        blocking([&] {
          ++there;
          while (there < 8) { std::this_thread::yield(); }
        });
      });
    }
    group.wait();
  });
}

TEST_P(Tasks, BlockingMayUseTheLibrary) {
  here([&] {
    const auto channel = make_chan<int>();
    WaitGroup group;
    group.go([&] {
      blocking([&] {
        channel.send(1);
        yield();
        channel.send(2);
      });
      channel.send(3);
    });
    for (int i = 1; i <= 3; ++i) { EXPECT_EQ(channel.recv(), i); }
    group.wait();
  });
}

// ---- exceptions belong to the task that handles them -------------------------------------------------------------------

TEST_P(Tasks, ATaskMayWaitWhileItHandlesAnException) {
  here([&] {
    const auto turn = make_chan<int>();
    for (int i = 0; i < 6; ++i) {
      spawn([&, i] {
        const std::string mine = "task " + std::to_string(i);
        for (int k = 0; k < 50; ++k) {
          try {
            throw std::runtime_error(mine);
          } catch (const std::exception& outer) {
            yield();
            try {
              throw std::logic_error(mine + " inner");
            } catch (const std::exception& inner) {
              yield();
              EXPECT_EQ(inner.what(), mine + " inner");
              select(on_send(turn, i), on_recv(turn), otherwise([] { yield(); }));
            }
            EXPECT_EQ(outer.what(), mine);
            try {
              throw;
            } catch (const std::exception& again) { EXPECT_EQ(again.what(), mine); }
          }
          EXPECT_EQ(std::uncaught_exceptions(), 0);
          EXPECT_EQ(std::current_exception(), nullptr);
        }
      });
    }
    join();
  });
}

// ---- run, counts, settings -----------------------------------------------------------------------------------------

TEST(Run, ReturnsWhatTheMainTaskReturns) {
  EXPECT_EQ(run([] { return 42; }), 42);
  EXPECT_EQ(run([] {}), 0);
  EXPECT_EQ(run([] { return true; }), 1);
}

TEST(Run, CanBeCalledAgain) {
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(run([i] {
                const auto channel = make_chan<int>();
                go([=] { channel.send(i); });
                return channel.recv().value();
              }),
              i);
  }
}

TEST(Run, ByATaskOrTwiceAtATimeThrows) {
  run([] {
    EXPECT_THROW(run([] {}), Error);
    std::thread([] { EXPECT_THROW(run([] {}), Error); }).join();
  });
}

TEST(Run, ALockThatAnAbandonedTaskWaitsForIsNotHandedToIt) {
  Mutex mutex;
  mutex.lock();
  run([&] {
    go([&] { mutex.lock(); });
    until_waiting(1);
  });
  mutex.unlock();
  run([&] {
    mutex.lock();
    mutex.unlock();
  });
}

TEST(Run, WithoutItGoFromAThreadStartsTheScheduler) {
  const auto channel = make_chan<int>();
  go([=] { channel.send(1); });
  EXPECT_EQ(channel.recv(), 1);
  while (task_count() != 0) { yield(); }  // it may still be on its way out
}

TEST(TaskCount, CountsMainAndNoTaskThatHasEnded) {
  run([] {
    EXPECT_EQ(task_count(), 1u);
    const auto gate = make_chan<Unit>();
    for (int i = 0; i < 5; ++i) {
      go([=] { (void)gate.recv(); });
    }
    EXPECT_EQ(task_count(), 6u);
    gate.close();
    while (task_count() != 1) { yield(); }
  });
  EXPECT_EQ(task_count(), 0u);
}

TEST(MaxWorkers, CanBeChangedWhileTasksRun) {
  const int before = max_workers();
  run([] {
    WaitGroup group;
    std::atomic<bool> stop{false};
    for (int i = 0; i < 10; ++i) {
      group.go([&] {
        while (!stop) { yield(); }
      });
    }
    for (const int n : {4, 1, 3, 2, 1, 4}) {
      set_max_workers(n);
      EXPECT_EQ(max_workers(), n);
      for (int i = 0; i < 500; ++i) { yield(); }
    }
    stop = true;
    group.wait();
  });
  set_max_workers(before);
}

TEST(Stack, ItsSizeCanBeChosen) {
  run([] {
    const auto done = make_chan<int>();
    for (const std::size_t size : {std::size_t{1} << 20, std::size_t{8} << 20}) {
      go({.name = "deep", .stack_size = size}, [=] {
        std::array<volatile char, 900'000> much{};
        much[0] = 1;
        much[much.size() - 1] = 2;
        done.send(much[0] + much[much.size() - 1]);
      });
      EXPECT_EQ(done.recv(), 3);
    }
  });
}

std::size_t own_stack_size() { return static_cast<const detail::Task*>(detail::current_task())->stack_size(); }

// The usual size is the run's for the main task and for all that ask for none; the next run has the process's again.
TEST(Stack, ItsSizeCanBeChosenForARun) {
  constexpr std::size_t usual = 256 << 10;
  constexpr std::size_t control_block = 4096;  // at the top of the stack, and smaller than this
  const auto expect_about = [](std::size_t size) {
    EXPECT_LE(own_stack_size(), size);
    EXPECT_GT(own_stack_size(), size - control_block);
  };
  const auto look = [&](std::size_t size) {
    expect_about(size);
    WaitGroup group;
    for (int i = 0; i < 100; ++i) {
      group.go([&] {
        expect_about(size);
        yield();  // some take a stack that was used before, and some a new one
      });
    }
    group.go({.stack_size = 2 << 20}, [&] { expect_about(2 << 20); });
    group.go({.stack_size = usual}, [&] { expect_about(usual); });
    group.wait();
  };
  run([&] { look(usual); });
  for (const std::size_t size : {std::size_t{1} << 20, std::size_t{64} << 10, std::size_t{1} << 20}) {
    run({.stack_size = size}, [&] { look(size); });
    run([&] { look(usual); });
  }
  run({.stack_size = 1}, [&] { look(16 << 10); });
  run({.stack_size = 0}, [&] { look(usual); });
}

// Outside of any run, or in one of another size: each stack goes back to where it came from.
TEST(Stack, ATaskMayEndInARunOfAnotherSize) {
  for (int round = 0; round < 3; ++round) {
    const auto gate = make_chan<Unit>();
    const auto ended = make_chan<std::size_t>(10);
    const auto wait_and_tell = [=] {
      (void)gate.recv();
      ended.send(own_stack_size());
    };
    for (int i = 0; i < 10; ++i) { go(wait_and_tell); }
    until_waiting(10);
    run({.stack_size = 1 << 20}, [&] {
      gate.close();
      for (int i = 0; i < 10; ++i) { EXPECT_LE(ended.recv().value(), std::size_t{256} << 10); }
      WaitGroup group;
      for (int i = 0; i < 100; ++i) {
        group.go([&] { EXPECT_GT(own_stack_size(), std::size_t{512} << 10); });
      }
      group.wait();
    });
  }
}

// What cannot be had at all leaves the way free for the next run.
TEST(Stack, ARunWhoseStackCannotBeHadThrows) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  const auto limit_and_run = [] {
    run([] {});
    const rlimit little{std::size_t{8} << 30, std::size_t{8} << 30};
    setrlimit(RLIMIT_AS, &little);
    bool refused = false;
    try {
      run(RunOptions{.stack_size = std::size_t{1} << 32}, [] {});
    } catch (const std::bad_alloc&) { refused = true; }
    std::_Exit(run([&] { return refused ? 7 : 1; }));
  };
  EXPECT_EXIT(limit_and_run(), testing::ExitedWithCode(7), "");
}

// A million stacks would not fit into a process's map entries if each took one.
TEST(Stack, AHundredThousandTasksCanWait) {
  run([] {
    WaitGroup group;
    const auto gate = make_chan<Unit>();
    for (int i = 0; i < 100'000; ++i) {
      group.go([&] { (void)gate.recv(); });
    }
    gate.close();
    group.wait();
  });
}

}  // namespace
}  // namespace tenter
