// The tests whose names begin with a number: each checks the statement of that number in docs/conformance.md.
#pragma once
#include <atomic>
#include <memory>

#include "../everywhere.h"

namespace tenter {

// What holds for tasks, however they are scheduled, and for ordinary threads.
class Conformance : public Everywhere {};

// What is asked of tasks alone. Whatever such a test leaves waiting ends with its main task.
class ConformanceOfTasks : public Everywhere {
 protected:
  // Spawns a task that calls f, and expects that f is still waiting when everybody else has come to rest.
  void expect_waits_for_ever(const std::function<void()>& f) {
    const auto returned = std::make_shared<std::atomic<bool>>(false);
    const std::size_t before = detail::count_waiting();
    go([=] {
      f();
      *returned = true;
    });
    until_waiting(before + 1);
    for (int i = 0; i < 100; ++i) { yield(); }
    EXPECT_FALSE(*returned);
    EXPECT_EQ(detail::count_waiting(), before + 1);
  }
};

}  // namespace tenter
