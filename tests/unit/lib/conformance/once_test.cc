// Statements 83 to 87: Once and once_value.
#include <atomic>
#include <memory>
#include <stdexcept>

#include "conformance.h"

namespace tenter {
namespace {

TEST_P(Conformance, S083_once_is_done_also_when_it_threw) {
  here([&] {
    Once once;
    EXPECT_THROW(once.call([] { throw std::runtime_error("first"); }), std::runtime_error);
    bool called = false;
    once.call([&] { called = true; });
    EXPECT_FALSE(called);
  });
}

TEST_P(Conformance, S083_who_waits_for_a_body_that_throws_goes_on) {
  here([&] {
    Once once;
    const auto gate = make_chan<Unit>();
    std::atomic<int> thrown{0};
    std::atomic<int> passed{0};
    for (int i = 0; i < 5; ++i) {
      spawn([&] {
        try {
          once.call([&] {
            (void)gate.recv();
            throw std::runtime_error("within");
          });
          ++passed;
        } catch (const std::runtime_error&) { ++thrown; }
      });
    }
    until_waiting(5);
    gate.send({});
    join();
    EXPECT_EQ(thrown, 1);
    EXPECT_EQ(passed, 4);
  });
}

TEST_P(ConformanceOfTasks, S084_a_call_from_within_the_body_waits_for_ever) {
  here([&] {
    expect_waits_for_ever([] {
      Once once;
      once.call([&] { once.call([] { ADD_FAILURE(); }); });
    });
  });
}

TEST_P(Conformance, S085_what_the_body_did_is_there_for_every_caller) {
  here([&] {
    Once once;
    int value = 0;
    for (int i = 0; i < 8; ++i) {
      spawn([&] {
        once.call([&] {
          yield();
          value = 5;
        });
        EXPECT_EQ(value, 5);
      });
    }
    join();
  });
}

TEST_P(Conformance, S086_who_comes_while_the_body_runs_waits_for_it) {
  here([&] {
    Once once;
    Chan<Unit> gate = make_chan<Unit>();
    int calls = 0;
    std::atomic<int> passed{0};
    for (int i = 0; i < 8; ++i) {
      spawn([&] {
        once.call([&] {
          (void)gate.recv();
          ++calls;
        });
        EXPECT_EQ(calls, 1);
        ++passed;
      });
    }
    until_waiting(8);
    EXPECT_EQ(passed, 0);
    gate.send({});
    join();
    EXPECT_EQ(passed, 8);
    EXPECT_EQ(calls, 1);
  });
}

TEST_P(Conformance, S087_once_value_computes_once) {
  here([&] {
    std::atomic<int> calls{0};
    auto value = once_value([&] { return ++calls * 10; });
    for (int i = 0; i < 4; ++i) {
      spawn([value] { EXPECT_EQ(value(), 10); });
    }
    join();
    EXPECT_EQ(value(), 10);
    EXPECT_EQ(calls, 1);
  });
}

TEST_P(Conformance, S087_once_value_throws_the_same_again) {
  here([&] {
    int calls = 0;
    auto value = once_value([&]() -> int {
      ++calls;
      throw std::runtime_error("no value");
    });
    EXPECT_THROW(value(), std::runtime_error);
    EXPECT_THROW(value(), std::runtime_error);
    EXPECT_EQ(calls, 1);
  });
}

TEST_P(Conformance, S087_once_value_of_nothing) {
  here([&] {
    int calls = 0;
    auto function = once_value([&] { ++calls; });
    function();
    function();
    EXPECT_EQ(calls, 1);
  });
}

}  // namespace
}  // namespace tenter
