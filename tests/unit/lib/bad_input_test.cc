// What docs/library.md says under "What happens when it is used wrongly", as far as the process goes on after it.
// (ending_test.cc has the rest, and conformance/ what Go's statements say as well.)
#include <atomic>
#include <chrono>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>

#include "everywhere.h"
#include "task/environment.h"

namespace tenter {
namespace {

using namespace std::chrono_literals;

class BadInput : public Everywhere {};
INSTANTIATE_TEST_SUITE_P(Places, BadInput, all_places(), place_name);

// ---- sizes and counts ------------------------------------------------------------------------------------------------

TEST_P(BadInput, ACapacityThatMemoryDoesNotHave) {
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  GTEST_SKIP() << "sanitizers end the process instead";
#endif
#endif
  here([&] { EXPECT_THROW(make_chan<std::uint64_t>(std::size_t{1} << 56), std::bad_alloc); });
}

TEST_P(BadInput, ANumberOfPermitsOutOfRange) {
  here([&] {
    constexpr std::ptrdiff_t most = Semaphore::most_permits;
    constexpr std::ptrdiff_t least = std::numeric_limits<std::ptrdiff_t>::min();
    EXPECT_THROW(Semaphore(-1), Error);
    EXPECT_THROW(Semaphore{least}, Error);
    EXPECT_THROW(Semaphore(most + 1), Error);
    Semaphore semaphore(0);
    for (const std::ptrdiff_t n : {std::ptrdiff_t{-1}, least}) {
      EXPECT_THROW(semaphore.acquire(n), Error);
      EXPECT_THROW((void)semaphore.try_acquire(n), Error);
      EXPECT_THROW(semaphore.release(n), Error);
    }
    semaphore.release(most);
    EXPECT_THROW(semaphore.release(1), Error);
    EXPECT_FALSE(semaphore.try_acquire(std::numeric_limits<std::ptrdiff_t>::max()));
    EXPECT_TRUE(semaphore.try_acquire(most));
    EXPECT_FALSE(semaphore.try_acquire());
    spawn([&] { semaphore.acquire(2); });
    until_waiting(1);
    EXPECT_THROW(semaphore.release(most + 1), Error);
    semaphore.release(2);
    join();
    EXPECT_FALSE(semaphore.try_acquire());
  });
}

TEST_P(BadInput, ASelectWithTwoDefaults) {
  here([&] {
    Selector selector;
    selector.otherwise();
    EXPECT_THROW(selector.otherwise(), Error);
    EXPECT_EQ(selector.wait(), 0u);  // as if the second had not been asked for
  });
}

TEST_P(BadInput, DurationsBeyondTheClock) {
  here([&] {
    Timer never(Duration::max());
    EXPECT_FALSE(never.channel().try_recv().value);
    EXPECT_TRUE(never.reset(Duration::max()));
    EXPECT_TRUE(never.stop());
    Ticker ticker(Duration::max());
    EXPECT_FALSE(ticker.channel().try_recv().value);
    ticker.stop();
    sleep_for(Duration::min());
    sleep_until(TimePoint::min());
    EXPECT_TRUE(after(Duration::min()).recv());
  });
}

TEST_P(BadInput, ATimerThatWasMovedFrom) {
  here([&] {
    Timer timer(1h);
    Timer owner(std::move(timer));
    EXPECT_TRUE(timer.channel().is_nil());  // NOLINT(bugprone-use-after-move): what this is about
    EXPECT_FALSE(timer.stop());
    EXPECT_FALSE(timer.reset(1us));
    EXPECT_TRUE(owner.stop());
    timer = Timer(1us);
    EXPECT_TRUE(timer.channel().recv());
  });
}

TEST_P(BadInput, AStackOfAnySize) {
  here([&] {
    const auto done = make_chan<Unit>();
    for (const std::size_t size : {std::size_t{1}, std::size_t{4097}, std::size_t{1} << 40}) {
      go({.name = std::string(1'000, 'n'), .stack_size = size}, [=] { done.send({}); });
      EXPECT_TRUE(done.recv());
    }
  });
}

// ---- exceptions from the program's own code --------------------------------------------------------------------------

TEST_P(BadInput, AHandlerThatThrows) {
  here([&] {
    const auto channel = make_chan<std::shared_ptr<int>>(2);
    const auto value = std::make_shared<int>(1);
    channel.send(value);
    const auto thrower = [](const std::shared_ptr<int>&) { throw std::runtime_error("within"); };
    EXPECT_THROW(select(on_recv(channel, thrower)), std::runtime_error);
    EXPECT_EQ(channel.len(), 0u);  // the operation was done before
    EXPECT_EQ(value.use_count(), 1);
    EXPECT_THROW(select(on_send(channel, value, [] { throw std::runtime_error("within"); })), std::runtime_error);
    EXPECT_EQ(channel.len(), 1u);
    EXPECT_THROW(select(otherwise([] { throw std::runtime_error("within"); })), std::runtime_error);
    Selector selector;
    selector.recv(channel, thrower);
    EXPECT_THROW(selector.wait(), std::runtime_error);
    EXPECT_EQ(value.use_count(), 1);
    channel.send(value);
    EXPECT_THROW(selector.wait(), std::runtime_error);  // the same again
  });
}

TEST_P(BadInput, APredicateThatThrows) {
  here([&] {
    Mutex mutex;
    Cond cond(mutex);
    bool woken = false;
    spawn([&] {
      mutex.lock();
      EXPECT_THROW(cond.wait([&]() -> bool {
        if (woken) { throw std::runtime_error("within"); }
        return false;
      }),
                   std::runtime_error);
      EXPECT_FALSE(mutex.try_lock());  // it is still held
      mutex.unlock();
    });
    until_waiting(1);
    mutex.lock();
    woken = true;
    mutex.unlock();
    cond.signal();
    join();
    EXPECT_TRUE(mutex.try_lock());
    mutex.unlock();
  });
}

class CopyThrows {
 public:
  CopyThrows() = default;
  CopyThrows(const CopyThrows&) { throw std::runtime_error("copied"); }
  void operator()() const { ADD_FAILURE() << "a task was started"; }
};

TEST_P(BadInput, AClosureOrArgumentThatCannotBeCopied) {
  here([&] {
    const CopyThrows brittle;
    const std::size_t before = task_count();
    const auto witness = std::make_shared<int>(1);
    EXPECT_THROW(go(brittle), std::runtime_error);
    EXPECT_THROW(go([witness](const CopyThrows&) { ADD_FAILURE(); }, brittle), std::runtime_error);
    WaitGroup group;
    EXPECT_THROW(group.go(brittle), std::runtime_error);
    group.wait();  // which counted nothing
    EXPECT_EQ(witness.use_count(), 1);
    EXPECT_EQ(task_count(), before);
  });
}

TEST_P(BadInput, AValueThatCannotBeCopiedIsNotSent) {
  here([&] {
    const auto channel = make_chan<CopyThrows>(1);
    const CopyThrows brittle;
    EXPECT_THROW(channel.send(brittle), std::runtime_error);
    EXPECT_THROW((void)channel.try_send(brittle), std::runtime_error);
    EXPECT_THROW(select(on_send(channel, brittle)), std::runtime_error);
    EXPECT_EQ(channel.len(), 0u);
  });
}

// ---- destroying what somebody waits on -------------------------------------------------------------------------------

// Whoever waits on what is destroyed waits for ever, and a new object at the same address has nothing to do with it.
class BadDestruction : public Everywhere {
 protected:
  // wait(object) waits, and wake(object) would end that wait.
  template <class T>
  void waiter_is_forgotten(std::optional<T>& object, const std::function<void()>& make,
                           const std::function<void(T&)>& wait, const std::function<void(T&)>& wake) {
    std::atomic<int> old_returned{0};
    std::atomic<int> new_returned{0};
    make();
    go([&] {
      wait(*object);
      ++old_returned;
    });
    until_waiting(1);
    object.reset();
    EXPECT_EQ(detail::count_waiting(), 1u);
    make();
    go([&] {
      wait(*object);
      ++new_returned;
    });
    until_waiting(2);
    wake(*object);
    while (old_returned + new_returned == 0) { yield(); }
    for (int i = 0; i < 100; ++i) { yield(); }
    EXPECT_EQ(old_returned, 0);
    EXPECT_EQ(new_returned, 1);
    EXPECT_EQ(detail::count_waiting(), 1u);
    object.reset();
  }
};
INSTANTIATE_TEST_SUITE_P(Places, BadDestruction,
                         testing::Values(Place{1, true}, Place{2, true}, Place{4, true}, Place{1, true, 1}),
                         place_name);

TEST_P(BadDestruction, OfAMutex) {
  here([&] {
    std::optional<Mutex> mutex;
    waiter_is_forgotten<Mutex>(
        mutex,
        [&] {
          mutex.emplace();
          mutex->lock();
        },
        [](Mutex& m) { m.lock(); }, [](Mutex& m) { m.unlock(); });
  });
}

TEST_P(BadDestruction, OfARWMutex) {
  here([&] {
    std::optional<RWMutex> mutex;
    const auto locked = [&] {
      mutex.emplace();
      mutex->lock();
    };
    waiter_is_forgotten<RWMutex>(mutex, locked, [](RWMutex& m) { m.lock(); }, [](RWMutex& m) { m.unlock(); });
  });
}

TEST_P(BadDestruction, OfARWMutexWithReaders) {
  here([&] {
    std::optional<RWMutex> mutex;
    const auto locked = [&] {
      mutex.emplace();
      mutex->lock();
    };
    waiter_is_forgotten<RWMutex>(mutex, locked, [](RWMutex& m) { m.lock_shared(); }, [](RWMutex& m) { m.unlock(); });
  });
}

TEST_P(BadDestruction, OfACondition) {
  here([&] {
    Mutex mutex;
    std::optional<Cond> cond;
    waiter_is_forgotten<Cond>(
        cond, [&] { cond.emplace(mutex); },
        [&](Cond& c) {
          const std::lock_guard guard(mutex);
          c.wait();
        },
        [](Cond& c) { c.signal(); });
  });
}

TEST_P(BadDestruction, OfAOnce) {
  here([&] {
    std::optional<Once> once;
    Chan<Unit> gate;
    std::atomic<bool> begun{false};
    // The body of the first one never ends, so that nothing of it touches the second.
    const auto make = [&] {
      once.emplace();
      gate = make_chan<Unit>();
      begun = false;
      go([&once, &begun, mine = gate] {
        once->call([&] {
          begun = true;
          while (!mine.try_recv().value) { yield(); }
        });
      });
      while (!begun) { yield(); }
    };
    waiter_is_forgotten<Once>(once, make, [](Once& o) { o.call([] {}); }, [&](Once&) { gate.send({}); });
  });
}

TEST_P(BadDestruction, OfAWaitGroup) {
  here([&] {
    std::optional<WaitGroup> group;
    waiter_is_forgotten<WaitGroup>(
        group,
        [&] {
          group.emplace();
          group->add(1);
        },
        [](WaitGroup& g) { g.wait(); }, [](WaitGroup& g) { g.done(); });
  });
}

TEST_P(BadDestruction, OfASemaphore) {
  here([&] {
    std::optional<Semaphore> semaphore;
    waiter_is_forgotten<Semaphore>(
        semaphore, [&] { semaphore.emplace(0); }, [](Semaphore& s) { s.acquire(); }, [](Semaphore& s) { s.release(); });
  });
}

// The waiter uses somebody else's handle, and that one goes.
TEST_P(BadDestruction, OfTheLastHandleOfAChannel) {
  here([&] {
    std::optional<Chan<int>> channel(make_chan<int>());
    go([&] {
      (void)channel->recv();
      ADD_FAILURE() << "nobody could have sent anything";
    });
    until_waiting(1);
    channel.reset();
    channel.emplace(make_chan<int>());
    EXPECT_FALSE(channel->try_send(1));
    channel->close();
    for (int i = 0; i < 100; ++i) { yield(); }
    EXPECT_EQ(detail::count_waiting(), 1u);
  });
}

// ---- what a run leaves behind ----------------------------------------------------------------------------------------

// Tasks that waited when their main task returned are gone; they must not stand in the way of those who come later.
TEST(BadEnd, WhoWaitedWhenTheRunEndedHoldsNobodyUp) {
  RWMutex rw;
  Semaphore permits(1);
  rw.lock_shared();
  run([&] {
    go([&] { rw.lock(); });
    go([&] { permits.acquire(2); });
    until_waiting(2);
    EXPECT_FALSE(rw.try_lock_shared());
    EXPECT_FALSE(permits.try_acquire());
  });
  run([&] {
    EXPECT_TRUE(rw.try_lock_shared());
    rw.unlock_shared();
    rw.lock_shared();
    rw.unlock_shared();
    rw.unlock_shared();
    EXPECT_TRUE(rw.try_lock());
    rw.unlock();
    EXPECT_TRUE(permits.try_acquire());
    permits.release();
  });
}

// A reader that waits behind such a writer is still there, and reads.
TEST(BadEnd, AReaderBehindAWriterThatIsGoneReads) {
  RWMutex rw;
  rw.lock_shared();
  std::thread reader;
  run([&] {
    go([&] { rw.lock(); });
    until_waiting(1);
    reader = std::thread([&] {
      rw.lock_shared();
      EXPECT_FALSE(rw.try_lock());
      rw.unlock_shared();
    });
    until_waiting(2);
  });
  rw.unlock_shared();
  reader.join();
  EXPECT_TRUE(rw.try_lock());
  rw.unlock();
}

// ---- settings --------------------------------------------------------------------------------------------------------

TEST(BadSetting, NumbersWithAndWithoutAUnit) {
  EXPECT_EQ(detail::parse_size("0"), 0u);
  EXPECT_EQ(detail::parse_size("4096"), 4096u);
  EXPECT_EQ(detail::parse_size("64k"), 64u << 10);
  EXPECT_EQ(detail::parse_size("8M"), 8u << 20);
  EXPECT_EQ(detail::parse_size("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
  for (const char* const text : {"", "k", "-1", "+1", " 1", "1 ", "1g", "1kk", "0x10", "four", "4.5",
                                 "18446744073709551616", "18014398509481984k", "99999999999999999999999"}) {
    EXPECT_EQ(detail::parse_size(text), std::nullopt) << text;
  }
}

TEST(BadSetting, ANumberOfWorkersOutOfRange) {
  const int before = max_workers();
  for (const int n : {0, -1, std::numeric_limits<int>::min()}) {
    set_max_workers(n);
    EXPECT_EQ(max_workers(), 1);
  }
  set_max_workers(std::numeric_limits<int>::max());
  EXPECT_EQ(max_workers(), 256);
  set_max_workers(before);
}

class BadSettingAtStart : public testing::Test {
 protected:
  void SetUp() override { testing::GTEST_FLAG(death_test_style) = "threadsafe"; }  // settings are read once a process
};

TEST_F(BadSettingAtStart, AreRefusedIfTheyAreNoNumbers) {
  for (const char* const name : {"TENTER_MAX_WORKERS", "TENTER_STACK_SIZE"}) {
    EXPECT_EXIT(
        {
          setenv(name, "many", 1);
          std::_Exit(run([] { return 0; }));
        },
        testing::ExitedWithCode(2), std::string(name) + " is `many`, but must be a number");
  }
}

TEST_F(BadSettingAtStart, AreBroughtIntoRange) {
  const auto workers = [](const char* text) {
    setenv("TENTER_MAX_WORKERS", text, 1);
    setenv("TENTER_STACK_SIZE", "1", 1);
    std::_Exit(run([] {
                 WaitGroup group;
                 group.go([] { yield(); });
                 group.wait();
                 return 0;
               }) +
               (max_workers() == 256 ? 99 : max_workers()));
  };
  EXPECT_EXIT(workers("0"), testing::ExitedWithCode(1), "");
  EXPECT_EXIT(workers("3"), testing::ExitedWithCode(3), "");
  EXPECT_EXIT(workers("1000000000000"), testing::ExitedWithCode(99), "");
}

}  // namespace
}  // namespace tenter
