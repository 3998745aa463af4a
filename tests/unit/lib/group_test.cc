// Task groups: the first exception, the context, the limit.
#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>

#include "everywhere.h"

namespace tenter {
namespace {

using namespace std::chrono_literals;

class Groups : public Everywhere {};
INSTANTIATE_TEST_SUITE_P(Places, Groups, all_places(), place_name);

// What the exception says that f throws.
template <class F>
std::string thrown_by(F f) {
  try {
    f();
  } catch (const std::exception& e) { return e.what(); }
  return "";
}

TEST_P(Groups, S137WaitThrowsTheFirstExceptionOnceAllHaveReturned) {
  here([&] {
    TaskGroup group;
    const auto gate = make_chan<Unit>();
    const auto failed = make_chan<Unit>();
    bool returned = false;
    group.go([&] {
      (void)gate.recv();
      throw std::runtime_error("second");
    });
    group.go([&] {
      (void)failed.recv();
      gate.send({});
      gate.send({});
    });
    group.go([&] {
      (void)gate.recv();
      returned = true;
    });
    struct Announce {
      const Chan<Unit>& failed;
      ~Announce() { failed.close(); }
    };
    // Counted as failed by the time that its function, which announces it, is destroyed.
    group.go([announce = std::make_unique<Announce>(failed)] { throw std::runtime_error("first"); });
    EXPECT_EQ(thrown_by([&] { group.wait(); }), "first");
    EXPECT_TRUE(returned);
    EXPECT_EQ(thrown_by([&] { group.wait(); }), "first");
  });
}

TEST_P(Groups, S140AGroupWithoutAnythingIsValid) {
  here([&] {
    TaskGroup group;
    group.wait();
    EXPECT_EQ(group.context(), background());
    int sum = 0;
    group.go([&] { sum += 5; });
    group.wait();
    EXPECT_EQ(sum, 5);
    group.go({.name = "adder"}, [&] { sum += 5; });
    EXPECT_TRUE(group.try_go({.name = "other", .stack_size = 65536}, [] {}));
    group.wait();
    EXPECT_EQ(sum, 10);
  });
}

TEST_P(Groups, AnythingMayBeThrown) {
  here([&] {
    TaskGroup group;
    group.go([] { throw 42; });
    EXPECT_THROW(group.wait(), int);
  });
}

// Somebody who waits for the group sees what the function's captures did last.
TEST_P(Groups, TheFunctionIsDestroyedBeforeWaitReturns) {
  here([&] {
    for (int i = 0; i < 200; ++i) {
      const auto token = std::make_shared<int>(1);
      TaskGroup group;
      group.go([token] {});
      WaitGroup plain;
      plain.go([token] {});
      group.wait();
      plain.wait();
      EXPECT_EQ(token.use_count(), 1);
    }
  });
}

TEST_P(Groups, FunctionsThatCannotBeCopiedOrAreLarge) {
  here([&] {
    TaskGroup group;
    struct Large {
      std::array<char, 20'000> bytes{};
    };
    const auto large = std::make_unique<Large>();
    large->bytes[19'999] = 'z';
    std::atomic<int> ran{0};
    group.go([&ran, number = std::make_unique<int>(5)] { ran += *number; });
    group.go([&ran, all = *large] { ran += all.bytes[19'999] == 'z' ? 10 : 0; });
    group.wait();
    EXPECT_EQ(ran, 15);
  });
}

struct ThrowsWhenMoved {
  ThrowsWhenMoved() = default;
  ThrowsWhenMoved(const ThrowsWhenMoved&) { throw std::runtime_error("does not move"); }
  void operator()() const {}
};

TEST_P(Groups, AFunctionThatCannotBeTakenChangesNothing) {
  here([&] {
    TaskGroup group;
    group.set_limit(1);
    const ThrowsWhenMoved function;
    EXPECT_THROW(group.go(function), std::runtime_error);
    EXPECT_THROW(group.try_go(function), std::runtime_error);
    WaitGroup plain;
    EXPECT_THROW(plain.go(function), std::runtime_error);
    plain.wait();
    EXPECT_TRUE(group.try_go([] {}));  // its place is free
    group.wait();
  });
}

// ---- the context (S138) --------------------------------------------------------------------------------------------

TEST_P(Groups, S138TheFirstExceptionEndsTheContext) {
  here([&] {
    TaskGroup group(background());
    const Context context = group.context();
    EXPECT_FALSE(context.err());
    std::atomic<int> stopped{0};
    for (int i = 0; i < 3; ++i) {
      group.go([&] {
        (void)group.context().done().recv();
        ++stopped;
        throw std::runtime_error("told to stop");
      });
    }
    group.go([] { throw std::runtime_error("disk full"); });
    EXPECT_EQ(thrown_by([&] { group.wait(); }), "disk full");
    EXPECT_EQ(stopped, 3);
    EXPECT_EQ(context.err(), context_errc::canceled);
    EXPECT_EQ(text_of(context.cause()), "disk full");
  });
}

TEST_P(Groups, S138WaitEndsTheContext) {
  here([&] {
    const auto [parent, cancel] = with_cancel(background());
    TaskGroup group(with_value(parent, "key", 7));
    group.go([&] { EXPECT_FALSE(group.context().err()); });
    EXPECT_EQ(group.context().value<int>("key"), 7);
    group.wait();
    EXPECT_EQ(group.context().err(), context_errc::canceled);
    EXPECT_EQ(text_of(group.context().cause()), "context canceled");
    EXPECT_FALSE(parent.err());
  });
}

TEST_P(Groups, ItsContextEndsWithTheParent) {
  here([&] {
    const auto [parent, cancel] = with_cancel(background());
    TaskGroup group(parent);
    group.go([&] { (void)group.context().done().recv(); });
    cancel();
    group.wait();
  });
}

TEST_P(Groups, TheEndOfAGroupCancelsAndWaits) {
  here([&] {
    bool ended = false;
    {
      TaskGroup group(background());
      group.go([&] {
        (void)group.context().done().recv();
        ended = true;
        throw std::runtime_error("nobody asks");
      });
    }
    EXPECT_TRUE(ended);
  });
}

// ---- the limit (S139) ----------------------------------------------------------------------------------------------

TEST_P(Groups, S139NoMoreThanTheLimitAtATime) {
  here([&] {
    TaskGroup group;
    group.set_limit(3);
    std::atomic<int> active{0};
    std::atomic<int> most{0};
    for (int i = 0; i < 100; ++i) {
      group.go([&] {
        const int now = ++active;
        int before = most;
        while (before < now && !most.compare_exchange_weak(before, now)) {}
        yield();
        --active;
      });
    }
    group.wait();
    EXPECT_LE(most, 3);
    EXPECT_GE(most, 1);
  });
}

TEST_P(Groups, S139GoWaitsAndTryGoDoesNot) {
  here([&] {
    TaskGroup group;
    group.set_limit(2);
    const auto gate = make_chan<Unit>();
    const auto hold = [&] { (void)gate.recv(); };
    group.go(hold);
    EXPECT_TRUE(group.try_go(hold));
    auto kept = std::make_unique<int>(5);
    auto refused = [kept = std::move(kept)] {};
    EXPECT_FALSE(group.try_go(std::move(refused)));
    std::atomic<bool> started{false};
    spawn([&] { group.go([&] { started = true; }); });
    until_waiting(3);  // two at the gate, and one in go()
    EXPECT_FALSE(started);
    gate.send({});
    join();
    gate.send({});
    group.wait();
    EXPECT_TRUE(started);
    EXPECT_TRUE(group.try_go(std::move(refused)));  // left alone the first time
    group.wait();
  });
}

TEST_P(Groups, S139TheLimitOfAnActiveGroupStays) {
  here([&] {
    TaskGroup group;
    const auto gate = make_chan<Unit>();
    group.go([&] { (void)gate.recv(); });
    EXPECT_THROW(group.set_limit(1), Error);
    EXPECT_TRUE(group.try_go([] {}));
    gate.send({});
    group.wait();
    group.set_limit(1);
    group.go([&] { (void)gate.recv(); });
    EXPECT_FALSE(group.try_go([] {}));
    EXPECT_THROW(group.set_limit(-1), Error);
    gate.send({});
    group.wait();
    group.set_limit(-1);
    for (int i = 0; i < 5; ++i) {
      EXPECT_TRUE(group.try_go([&] { (void)gate.recv(); }));
    }
    for (int i = 0; i < 5; ++i) { gate.send({}); }
    group.wait();
  });
}

TEST(GroupsAlone, S139ALimitOfZeroLetsNobodyIn) {
  run([] {
    static TaskGroup* group;  // outlives the task that waits in it
    group = new TaskGroup;
    group->set_limit(0);
    EXPECT_FALSE(group->try_go([] {}));
    go([] { group->go([] { ADD_FAILURE() << "ran"; }); });
    until_waiting(1);
    EXPECT_THROW(group->set_limit(1), Error);  // somebody waits for the old one
  });
}

// A task that fails gives its place back.
TEST_P(Groups, FailuresCountAsReturns) {
  here([&] {
    TaskGroup group(background());
    group.set_limit(1);
    for (int i = 0; i < 50; ++i) {
      group.go([] { throw std::runtime_error("again"); });
    }
    EXPECT_EQ(thrown_by([&] { group.wait(); }), "again");
  });
}

TEST_P(Groups, ManyGoAtTheSameTime) {
  here([&] {
    TaskGroup group;
    group.set_limit(4);
    std::atomic<int> ran{0};
    group.go([] {});  // the first one comes before wait()
    for (int i = 0; i < 4; ++i) {
      spawn([&] {
        for (int k = 0; k < 200; ++k) {
          group.go([&] { ++ran; });
        }
      });
    }
    join();
    group.wait();
    EXPECT_EQ(ran, 800);
  });
}

}  // namespace
}  // namespace tenter
