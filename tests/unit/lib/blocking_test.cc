// blocking(): whatever f does, the workers are there for the others. One worker is the sharpest case.
#include <unistd.h>

#include <atomic>
#include <stdexcept>

#include "everywhere.h"

namespace tenter {
namespace {

// Threads are compared by gettid(): the compiler knows pthread_self() to be constant within a function.

// Holds its thread, as a system call does, until it is opened.
class Gate {
 public:
  void wait() { open_.wait(false); }
  void open() {
    open_ = true;
    open_.notify_all();
  }

 private:
  std::atomic<bool> open_{false};
};

class Blocking : public testing::Test {
 protected:
  Blocking() { set_max_workers(1); }
  ~Blocking() override { set_max_workers(before_); }

 private:
  const int before_ = max_workers();
};

TEST_F(Blocking, AHundredCallsLeaveTheOneWorkerFree) {
  run([] {
    Gate gate;
    std::atomic<int> inside{0};
    WaitGroup group;
    for (int i = 0; i < 100; ++i) {
      group.go([&] {
        blocking([&] {
          ++inside;
          gate.wait();
        });
      });
    }
    while (inside < 100) { yield(); }
    gate.open();
    group.wait();
  });
}

TEST_F(Blocking, AfterACallWithinItTheRestStillHoldsNoWorker) {
  run([] {
    Gate gate;
    std::atomic<bool> holds{false};
    WaitGroup group;
    group.go([&] {
      blocking([&] {
        EXPECT_EQ(blocking([] { return blocking([] { return 7; }); }), 7);
        EXPECT_THROW(blocking([] { throw std::runtime_error("inner"); }), std::runtime_error);
        holds = true;
        gate.wait();
      });
    });
    while (!holds) { yield(); }
    gate.open();
    group.wait();
  });
}

TEST_F(Blocking, AfterAWaitWithinItTheRestStillHoldsNoWorker) {
  run([] {
    Gate gate;
    const auto channel = make_chan<int>();
    std::atomic<bool> holds{false};
    WaitGroup group;
    group.go([&] {
      blocking([&] {
        EXPECT_EQ(channel.recv(), 1);
        holds = true;
        gate.wait();
      });
    });
    until_waiting(1);
    channel.send(1);
    while (!holds) { yield(); }
    gate.open();
    group.wait();
  });
}

TEST_F(Blocking, AfterTheCallTheTaskIsBackAmongTheWorkers) {
  run([] {
    const pid_t before = gettid();
    const pid_t helper = blocking([] { return gettid(); });
    EXPECT_NE(helper, before);
    EXPECT_NE(gettid(), helper);
    pid_t second_helper = 0;
    EXPECT_THROW(blocking([&] {
                   second_helper = gettid();
                   throw std::runtime_error("within");
                 }),
                 std::runtime_error);
    EXPECT_NE(second_helper, 0);
    EXPECT_NE(gettid(), second_helper);
  });
}

TEST_F(Blocking, AThreadCallsItByItself) {
  const pid_t self = gettid();
  EXPECT_EQ(blocking([&] { return blocking([] { return gettid(); }); }), self);
}

TEST_F(Blocking, TheRunMayEndDuringTheCall) {
  Gate gate;
  std::atomic<bool> returned{false};
  std::atomic<bool> went_on{false};
  run([&] {
    std::atomic<bool> inside{false};
    go([&] {
      blocking([&] {
        inside = true;
        gate.wait();
        returned = true;
      });
      went_on = true;
    });
    while (!inside) { yield(); }
  });
  run([&] {
    gate.open();
    while (!returned) { yield(); }
    // The thread it had is there for others, and it is not there any more.
    EXPECT_EQ(blocking([] { return 3; }), 3);
    for (int i = 0; i < 10; ++i) { yield(); }
  });
  EXPECT_FALSE(went_on);
}

}  // namespace
}  // namespace tenter
