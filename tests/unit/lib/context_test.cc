// The context tree: cancelling, deadlines, values, functions that run at the end, and what a tree keeps.
#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "context/context.h"
#include "everywhere.h"

namespace tenter {
namespace {

using namespace std::chrono_literals;

class Contexts : public Everywhere {};
INSTANTIATE_TEST_SUITE_P(Places, Contexts, all_places(), place_name);

bool is_closed(const Context& context) { return context.done().try_recv().closed; }

std::size_t children_of(const Context& context) {
  std::size_t count = 0;
  const detail::CancelableContext* const nearest = detail::ContextAccess::core(context)->nearest;
  for (const detail::ContextChild* child = nearest->first_child; child != nullptr; child = child->next) { ++count; }
  return count;
}

std::exception_ptr problem(const char* text) { return std::make_exception_ptr(std::runtime_error(text)); }

// ---- background, done, err (S118 - S120) ---------------------------------------------------------------------------

TEST_P(Contexts, S118BackgroundIsNeverDone) {
  here([&] {
    for (const Context& context : {background(), Context(), with_value(background(), 1, 2)}) {
      EXPECT_TRUE(context.done().is_nil());
      EXPECT_FALSE(context.err());
      EXPECT_FALSE(context.deadline());
      EXPECT_EQ(context.cause(), nullptr);
    }
    EXPECT_EQ(background(), Context());
  });
}

TEST_P(Contexts, S119DoneIsOneChannelAndErrIsFixed) {
  here([&] {
    const auto [context, cancel] = with_cancel(background());
    EXPECT_EQ(context.done(), context.done());
    EXPECT_FALSE(context.done().is_nil());
    EXPECT_FALSE(is_closed(context));
    EXPECT_FALSE(context.err());
    EXPECT_EQ(context.cause(), nullptr);
    cancel();
    EXPECT_TRUE(is_closed(context));
    EXPECT_EQ(context.err(), context_errc::canceled);
    EXPECT_EQ(context.err(), std::errc::operation_canceled);
    EXPECT_EQ(text_of(context.cause()), "context canceled");
    EXPECT_EQ(context.cause(), context.cause());
  });
}

TEST_P(Contexts, S120CancelIsIdempotentAndSafeFromMany) {
  here([&] {
    for (int round = 0; round < 50; ++round) {
      const auto [context, cancel] = with_cancel_cause(background());
      const Context child = with_cancel(context).first;
      std::atomic<int> closed{0};
      for (int i = 0; i < 4; ++i) {
        spawn([&, i] {
          cancel(problem(i % 2 == 0 ? "even" : "odd"));
          if (is_closed(child) && child.err() == context_errc::canceled) { ++closed; }
        });
      }
      join();
      EXPECT_EQ(closed, 4);
      const std::string first = text_of(context.cause());
      EXPECT_TRUE(first == "even" || first == "odd");
      cancel(problem("later"));
      EXPECT_EQ(text_of(context.cause()), first);
    }
  });
}

TEST_P(Contexts, CancelDoesNotWaitForWhoeverWorksWithIt) {
  here([&] {
    const auto [context, cancel] = with_cancel(background());
    const auto gate = make_chan<Unit>();
    bool saw_it = false;
    spawn([&, c = context] {
      (void)c.done().recv();
      (void)gate.recv();
      saw_it = true;
    });
    until_waiting(1);
    cancel();
    EXPECT_FALSE(saw_it);  // it waits at the gate, or is on its way to it
    gate.send({});
    join();
    EXPECT_TRUE(saw_it);
  });
}

TEST_P(Contexts, TheFunctionsAreNeverNullAndMayBeCopied) {
  here([&] {
    auto made = with_cancel(background());
    CancelFunc copy = made.second;
    EXPECT_TRUE(copy);
    EXPECT_TRUE(with_cancel_cause(background()).second);
    EXPECT_TRUE(with_timeout(background(), 1h).second);
    EXPECT_TRUE(with_deadline(background(), now()).second);
    const Context context = made.first;
    made = {};
    copy();
    EXPECT_EQ(context.err(), context_errc::canceled);
  });
}

// ---- the tree (S121 - S123, S130) ----------------------------------------------------------------------------------

TEST_P(Contexts, S121CancellingAParentCancelsAllBelow) {
  here([&] {
    const auto [root, cancel] = with_cancel(background());
    std::vector<Context> all;
    all.push_back(root);
    for (std::size_t i = 0; i < 100; ++i) {
      all.push_back(with_cancel(all[i / 2]).first);
      all.push_back(with_timeout(all[i / 3], 1h).first);
      all.push_back(with_value(all[i / 2], 1, 1));
    }
    WaitGroup woken;
    for (std::size_t i = 0; i < 20; ++i) {
      woken.go([&, context = all[i * 7]] { (void)context.done().recv(); });
    }
    cancel();
    for (const Context& context : all) {
      EXPECT_TRUE(is_closed(context));
      EXPECT_EQ(context.err(), context_errc::canceled);
    }
    woken.wait();
  });
}

TEST_P(Contexts, S122CancellingAChildLeavesParentAndSiblingsAlone) {
  here([&] {
    const auto [parent, cancel_parent] = with_cancel(background());
    const auto [left, cancel_left] = with_cancel(parent);
    const auto [right, cancel_right] = with_cancel(parent);
    cancel_left();
    EXPECT_TRUE(left.err());
    EXPECT_FALSE(parent.err());
    EXPECT_FALSE(right.err());
    EXPECT_FALSE(is_closed(right));
    cancel_parent();
    EXPECT_TRUE(right.err());
  });
}

TEST_P(Contexts, S123DerivedFromACancelledParentIsCancelledAtOnce) {
  here([&] {
    const auto [parent, cancel] = with_cancel_cause(background());
    cancel(problem("flood"));
    for (const Context& child : {with_cancel(parent).first, with_timeout(parent, 1h).first,
                                 with_timeout(parent, -1h).first, with_cancel(with_value(parent, 1, 1)).first}) {
      EXPECT_TRUE(is_closed(child));
      EXPECT_EQ(child.err(), context_errc::canceled);
      EXPECT_EQ(text_of(child.cause()), "flood");
    }
    const auto [late, cancel_late] = with_timeout(background(), 0s);
    EXPECT_EQ(with_cancel(late).first.err(), context_errc::deadline_exceeded);
  });
}

TEST_P(Contexts, S130CancelledChildrenLeaveTheParent) {
  here([&] {
    const auto [parent, cancel_parent] = with_cancel(background());
    for (int i = 0; i < 1000; ++i) {
      const auto [child, cancel] = with_cancel(parent);
      const auto [timed, cancel_timed] = with_timeout(child, 1h);
      const auto stop = after_func(child, [] {});
      EXPECT_EQ(children_of(parent), 1u);
      EXPECT_EQ(children_of(child), 2u);
      EXPECT_TRUE(stop());
      cancel_timed();
      EXPECT_EQ(children_of(child), 0u);
      cancel();
      EXPECT_EQ(children_of(parent), 0u);
    }
    cancel_parent();
  });
}

// Whoever forgets to cancel leaves something behind only as long as it could be noticed.
TEST_P(Contexts, S130AContextThatNobodyHasLeavesItsParent) {
  here([&] {
    const auto [parent, cancel] = with_cancel(background());
    for (int i = 0; i < 100; ++i) { (void)with_timeout(with_value(with_cancel(parent).first, 1, 1), 1h); }
    EXPECT_EQ(children_of(parent), 0u);

    RecvChan<Unit> done = with_cancel(with_value(with_cancel(parent).first, 1, 1)).first.done();
    EXPECT_EQ(children_of(parent), 1u);
    cancel();
    EXPECT_TRUE(done.try_recv().closed);
  });
}

TEST_P(Contexts, ATimeoutHoldsThoughOnlyItsChannelIsLeft) {
  here([&] {
    const RecvChan<Unit> done = with_timeout(background(), 1ms).first.done();
    EXPECT_FALSE(done.recv());
    const RecvChan<Unit> below = with_cancel(with_timeout(background(), 1ms).first).first.done();
    EXPECT_FALSE(below.recv());
  });
}

TEST_P(Contexts, ADeepTree) {
  here([&] {
    auto [root, cancel] = with_cancel(background());
    Context last = root;
    for (int i = 0; i < 20'000; ++i) { last = i % 3 == 0 ? with_value(last, i, i) : with_cancel(last).first; }
    cancel();
    EXPECT_EQ(last.err(), context_errc::canceled);
    EXPECT_EQ(last.value<int>(0), 0);
    cancel = nullptr;
    root = {};
    last = {};  // all of them go, one after the other
  });
}

TEST_P(Contexts, ManyDeriveAndCancelAtTheSameTime) {
  here([&] {
    for (int round = 0; round < 20; ++round) {
      const auto [root, cancel] = with_cancel(background());
      std::atomic<int> begun{0};
      for (int i = 0; i < 4; ++i) {
        spawn([&, parent = root] {
          ++begun;
          for (int k = 0; k < 200; ++k) {
            const auto [child, cancel_child] = with_timeout(parent, k % 2 == 0 ? 1h : 10us);
            const auto stop = after_func(child, [] {});
            const Context grandchild = with_cancel(with_value(child, k, k)).first;
            if (k % 3 == 0) { cancel_child(); }
            if (k % 5 == 0) { (void)stop(); }
            if (parent.err()) { EXPECT_TRUE(grandchild.err()); }
          }
        });
      }
      while (begun < 4) { yield(); }
      cancel();
      join();
      EXPECT_EQ(children_of(root), 0u);
    }
  });
}

// ---- deadlines (S124 - S126, S133) ---------------------------------------------------------------------------------

TEST_P(Contexts, S124ATimeoutThatHasPassedEndsItAtOnceAndForGood) {
  here([&] {
    for (const Duration timeout : {Duration(0), Duration(-1s), Duration::min()}) {
      const auto [context, cancel] = with_timeout(background(), timeout);
      EXPECT_TRUE(is_closed(context));
      EXPECT_EQ(context.err(), context_errc::deadline_exceeded);
      cancel();
      EXPECT_EQ(context.err(), context_errc::deadline_exceeded);
    }
  });
}

TEST_P(Contexts, ADeadlineEndsItAndAllBelow) {
  here([&] {
    const auto start = now();
    const auto [context, cancel] = with_deadline(background(), start + 3ms);
    const Context child = with_cancel(with_value(context, 1, 1)).first;
    EXPECT_EQ(child.deadline(), start + 3ms);
    EXPECT_FALSE(child.done().recv());
    EXPECT_GE(now() - start, 3ms);
    EXPECT_EQ(child.err(), context_errc::deadline_exceeded);
    EXPECT_EQ(context.err(), context_errc::deadline_exceeded);
    EXPECT_EQ(text_of(child.cause()), "context deadline exceeded");
  });
}

TEST_P(Contexts, S125TheEarlierDeadlineHolds) {
  here([&] {
    const auto soon = now() + 1h;
    const auto [parent, cancel_parent] = with_deadline(background(), soon);
    EXPECT_EQ(with_deadline(parent, soon + 1h).first.deadline(), soon);
    EXPECT_EQ(with_deadline(parent, soon - 1min).first.deadline(), soon - 1min);
    EXPECT_EQ(with_timeout(parent, Duration::max()).first.deadline(), soon);
    EXPECT_EQ(with_cancel(parent).first.deadline(), soon);
    EXPECT_TRUE(with_timeout(background(), Duration::max()).first.deadline());
    EXPECT_TRUE(with_deadline(background(), TimePoint::max()).first.deadline());
  });
}

TEST_P(Contexts, S126DeadlineExceededIsATimeout) {
  const std::error_code code = context_errc::deadline_exceeded;
  EXPECT_EQ(code, std::errc::timed_out);
  EXPECT_NE(code, std::errc::operation_canceled);
  EXPECT_NE(code, std::error_code(context_errc::canceled));
  EXPECT_EQ(code.message(), "context deadline exceeded");
  EXPECT_STREQ(code.category().name(), "tenter.context");
  EXPECT_EQ(ContextError(context_errc::canceled).code(), context_errc::canceled);
}

TEST_P(Contexts, CancelTakesTheTimerBack) {
  here([&] {
    detail::TimerQueue& timers = detail::Scheduler::instance().timers;
    const auto [parent, cancel_parent] = with_cancel(background());
    const auto [context, cancel] = with_timeout(parent, 1h);
    const auto [other, cancel_other] = with_timeout(parent, 2h);
    const auto is_armed = [&](const Context& which) {
      const detail::FutexGuard guard(timers.lock);
      return detail::ContextAccess::core(which)->nearest->armed();
    };
    EXPECT_TRUE(is_armed(context));
    cancel();
    EXPECT_FALSE(is_armed(context));
    EXPECT_TRUE(is_armed(other));
    cancel_parent();
    EXPECT_FALSE(is_armed(other));
  });
}

// Nobody else would wake the main task.
TEST(ContextsAlone, ADeadlineKeepsTheProgramFromBeingAsleep) {
  EXPECT_EQ(run([] {
              const auto [context, cancel] = with_timeout(background(), 5ms);
              const Context below = with_cancel(context).first;
              (void)below.done().recv();
              return below.err() == context_errc::deadline_exceeded ? 7 : 1;
            }),
            7);
}

TEST(ContextsAloneDeathTest, AContextWithoutACancellerIsSleptOnForEver) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(run([] {
                const Context context = with_cancel(background()).first;
                const auto [other, cancel] = with_timeout(background(), 1h);  // would wake nobody
                (void)context.done().recv();
              }),
              testing::ExitedWithCode(2), "all tasks are asleep - deadlock!");
}

// ---- causes (S131 - S134) ------------------------------------------------------------------------------------------

TEST_P(Contexts, S131TheFirstCauseHolds) {
  here([&] {
    const auto [context, cancel] = with_cancel_cause(background());
    cancel(problem("first"));
    cancel(problem("second"));
    EXPECT_EQ(context.err(), context_errc::canceled);
    EXPECT_EQ(text_of(context.cause()), "first");
    const auto [plain, cancel_plain] = with_cancel_cause(background());
    cancel_plain(nullptr);
    EXPECT_EQ(text_of(plain.cause()), "context canceled");
  });
}

TEST_P(Contexts, S132TheCauseOfAChildIsTheParents) {
  here([&] {
    const auto [parent, cancel_parent] = with_cancel_cause(background());
    const auto [child, cancel_child] = with_cancel_cause(parent);
    const Context grandchild = with_value(with_cancel(child).first, 1, 1);
    const auto cause = problem("above");
    cancel_parent(cause);
    cancel_child(problem("below"));
    EXPECT_EQ(child.cause(), cause);
    EXPECT_EQ(grandchild.cause(), cause);

    const auto [other, cancel_other] = with_cancel_cause(background());
    const auto [below, cancel_below] = with_cancel_cause(other);
    cancel_below(problem("below"));
    cancel_other(problem("above"));
    EXPECT_EQ(text_of(below.cause()), "below");
    EXPECT_EQ(text_of(other.cause()), "above");
  });
}

TEST_P(Contexts, S133TheCauseOfADeadlineIsForItsExpiryOnly) {
  here([&] {
    const auto [expired, cancel_expired] = with_timeout(background(), 1us, problem("too slow"));
    (void)expired.done().recv();
    EXPECT_EQ(expired.err(), context_errc::deadline_exceeded);
    EXPECT_EQ(text_of(expired.cause()), "too slow");

    const auto [passed, cancel_passed] = with_deadline(background(), TimePoint::min(), problem("too late"));
    EXPECT_EQ(text_of(passed.cause()), "too late");

    const auto [cancelled, cancel] = with_timeout(background(), 1h, problem("too slow"));
    cancel();
    EXPECT_EQ(text_of(cancelled.cause()), "context canceled");
  });
}

TEST_P(Contexts, S134WithoutCancelKeepsValuesOnly) {
  here([&] {
    const auto [parent, cancel] = with_timeout(background(), 1h);
    const Context kept = without_cancel(with_value(parent, "name", 5));
    const auto [below, cancel_below] = with_cancel(kept);
    cancel();
    EXPECT_TRUE(kept.done().is_nil());
    EXPECT_FALSE(kept.err());
    EXPECT_FALSE(kept.deadline());
    EXPECT_EQ(kept.cause(), nullptr);
    EXPECT_FALSE(below.err());
    EXPECT_EQ(below.value<int>("name"), 5);
    cancel_below();
    EXPECT_TRUE(below.err());
  });
}

// ---- values (S127, S128) -------------------------------------------------------------------------------------------

struct UserKey {
  int of = 0;
  bool operator==(const UserKey&) const = default;
};
struct OtherKey {
  int of = 0;
  bool operator==(const OtherKey&) const = default;
};

TEST_P(Contexts, S127AKeyIsNotNull) {
  EXPECT_THROW((void)with_value(background(), static_cast<const char*>(nullptr), 1), Error);
  EXPECT_THROW((void)with_value(background(), static_cast<int*>(nullptr), 1), Error);
  EXPECT_THROW((void)background().value<int>(static_cast<int*>(nullptr)), Error);
}

TEST_P(Contexts, S128TheNearestEqualKeyOfTheSameTypeWins) {
  here([&] {
    const Context one = with_value(background(), UserKey{1}, std::string("anna"));
    const Context two = with_value(one, UserKey{2}, std::string("bob"));
    const Context top = with_value(with_cancel(two).first, UserKey{1}, std::string("carl"));
    EXPECT_EQ(one.value<std::string>(UserKey{1}), "anna");
    EXPECT_EQ(top.value<std::string>(UserKey{1}), "carl");
    EXPECT_EQ(top.value<std::string>(UserKey{2}), "bob");
    EXPECT_EQ(top.value<std::string>(OtherKey{1}), std::nullopt);
    EXPECT_EQ(one.value<std::string>(UserKey{2}), std::nullopt);
    EXPECT_EQ(background().value<std::string>(UserKey{1}), std::nullopt);
    // It is found, and is no int: nothing further up is looked at.
    EXPECT_EQ(with_value(with_value(background(), 1, 5), 1, 'c').value<int>(1), std::nullopt);
    EXPECT_EQ(with_value(background(), 1, 5).value<int>(1L), std::nullopt);
  });
}

TEST_P(Contexts, TextsAreEqualByTheirCharacters) {
  here([&] {
    const Context context = with_value(background(), "key", 1);
    EXPECT_EQ(context.value<int>(std::string("key")), 1);
    EXPECT_EQ(context.value<int>(std::string_view("keyhole").substr(0, 3)), 1);
    EXPECT_EQ(context.value<int>("other"), std::nullopt);
  });
}

TEST_P(Contexts, AValueGoesWithTheLastContextThatHasIt) {
  here([&] {
    const auto value = std::make_shared<int>(3);
    Context context = with_value(background(), 1, value);
    EXPECT_EQ(value.use_count(), 2);
    Context below = with_cancel(context).first;
    context = {};
    EXPECT_EQ(*below.value<std::shared_ptr<int>>(1).value(), 3);
    EXPECT_EQ(value.use_count(), 2);
    below = {};
    EXPECT_EQ(value.use_count(), 1);
  });
}

TEST_P(Contexts, LargeAndMoveOnlyValues) {
  here([&] {
    struct Large {
      std::array<char, 10'000> bytes{};
    };
    auto large = std::make_unique<Large>();
    large->bytes[9'999] = 'z';
    const Context context = with_value(background(), 1, *large);
    const auto copy = std::make_unique<std::optional<Large>>(context.value<Large>(1));
    EXPECT_EQ((*copy)->bytes[9'999], 'z');
    (void)with_value(background(), std::string("key"), std::make_unique<int>(1));
  });
}

struct ThrowsWhenCopied {
  ThrowsWhenCopied() = default;
  ThrowsWhenCopied(const ThrowsWhenCopied&) { throw std::runtime_error("no copy"); }
  ThrowsWhenCopied(ThrowsWhenCopied&&) noexcept {}
};

TEST_P(Contexts, ACopyThatThrowsComesOut) {
  here([&] {
    const Context context = with_value(background(), 1, ThrowsWhenCopied());
    EXPECT_THROW((void)context.value<ThrowsWhenCopied>(1), std::runtime_error);
  });
}

// ---- functions (S135) ----------------------------------------------------------------------------------------------

TEST_P(Contexts, S135AfterFuncRunsOnceInItsOwnTask) {
  here([&] {
    const auto [context, cancel] = with_cancel(background());
    const auto ran = make_chan<int>(10);
    const auto gate = make_chan<Unit>();
    const auto stop = after_func(context, [=, left = std::make_unique<int>(5)] {
      (void)gate.recv();
      ran.send(*left);
    });
    EXPECT_EQ(ran.len(), 0u);
    cancel();  // does not wait for it
    EXPECT_FALSE(stop());
    gate.send({});
    EXPECT_EQ(ran.recv(), 5);
    cancel();
    EXPECT_EQ(ran.len(), 0u);
    EXPECT_FALSE(stop());
  });
}

TEST_P(Contexts, S135AfterFuncOfWhatIsDoneRunsAtOnce) {
  here([&] {
    const auto ran = make_chan<int>();
    const auto [context, cancel] = with_timeout(background(), 0s);
    const auto stop = after_func(context, [=] { ran.send(1); });
    EXPECT_FALSE(stop());
    EXPECT_EQ(ran.recv(), 1);
  });
}

TEST_P(Contexts, S135StopIsTrueIffItPreventedTheFunction) {
  here([&] {
    const auto [context, cancel] = with_cancel(background());
    const auto token = std::make_shared<int>(0);
    std::atomic<int> ran{0};
    const auto stop = after_func(context, [&ran, token] { ++ran; });
    EXPECT_EQ(token.use_count(), 2);
    EXPECT_TRUE(stop());
    EXPECT_EQ(token.use_count(), 1);
    EXPECT_FALSE(stop());
    cancel();
    EXPECT_FALSE(stop());

    const auto never_run = after_func(background(), [&ran] { ++ran; });
    EXPECT_TRUE(never_run());
    EXPECT_FALSE(never_run());
    yield();
    EXPECT_EQ(ran, 0);
  });
}

TEST_P(Contexts, S135SeveralFunctionsAreIndependent) {
  here([&] {
    const auto ran = make_chan<int>(3);
    const auto [context, cancel] = with_timeout(background(), 1ms);
    const auto stop_one = after_func(context, [=] { ran.send(1); });
    const auto stop_two = after_func(with_value(context, 1, 1), [=] { ran.send(2); });
    after_func(with_cancel(context).first, [=] { ran.send(3); });  // nobody keeps that context or the stop function
    EXPECT_TRUE(stop_one());
    const int sum = ran.recv().value() + ran.recv().value();
    EXPECT_EQ(sum, 5);
    EXPECT_FALSE(stop_two());
    EXPECT_FALSE(stop_one());
  });
}

TEST_P(Contexts, AFunctionThatCannotRunAnyMoreIsDestroyed) {
  here([&] {
    const auto token = std::make_shared<int>(0);
    after_func(background(), [token] {});
    EXPECT_EQ(token.use_count(), 1);
    {
      const Context context = with_cancel(background()).first;
      after_func(context, [token] {});
      after_func(with_cancel(context).first, [token] {});
      EXPECT_EQ(token.use_count(), 3);
    }
    EXPECT_EQ(token.use_count(), 1);
    const auto [context, cancel] = with_cancel(background());
    const auto ran = make_chan<Unit>();
    after_func(context, [token, ran] { ran.send({}); });
    cancel();
    (void)ran.recv();
    while (token.use_count() > 1) { yield(); }
  });
}

TEST_P(Contexts, StopAndCancelAtTheSameTime) {
  here([&] {
    for (int round = 0; round < 200; ++round) {
      const auto [context, cancel] = with_cancel(background());
      const auto ran = make_chan<Unit>(1);
      const auto stop = after_func(context, [=] { ran.send({}); });
      std::atomic<int> stopped{0};
      spawn([&, c = cancel] { c(); });
      spawn([&] { stopped += stop() ? 1 : 0; });
      spawn([&] { stopped += stop() ? 1 : 0; });
      join();
      ASSERT_LE(stopped, 1);
      if (stopped == 0) { EXPECT_TRUE(ran.recv()); }
      EXPECT_EQ(ran.len(), 0u);
    }
  });
}

TEST(ContextsAlone, AFunctionWhoseRunIsOverDoesNotRun) {
  std::atomic<int> ran{0};
  CancelFunc cancel;
  Context context;
  run([&] {
    std::tie(context, cancel) = with_cancel(background());
    after_func(context, [&] { ++ran; });
  });
  run([&] {
    cancel();
    EXPECT_TRUE(context.err());
    while (task_count() > 1) { yield(); }
  });
  EXPECT_EQ(ran, 0);
}

}  // namespace
}  // namespace tenter
