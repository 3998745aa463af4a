// What the library promises, it promises to tasks and to ordinary threads, on any number of workers. A test of the fixture
// Everywhere runs in all of these places.
#pragma once
#include <gtest/gtest.h>

#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <tenter/tenter.h>

#include "task/decisions.h"
#include "task/scheduler.h"

namespace tenter {

struct Place {
  int workers;
  bool in_tasks;
  std::uint64_t seed = 0;  // of the schedule; 0: the ordinary scheduler's

  friend std::ostream& operator<<(std::ostream& out, const Place& place) {
    if (place.seed != 0) { return out << "Seed" << place.seed; }
    return out << (place.in_tasks ? "Tasks" : "Threads") << place.workers;
  }
};

class Everywhere : public testing::TestWithParam<Place> {
 protected:
  void SetUp() override {
    before_ = max_workers();
    set_max_workers(GetParam().workers);
    if (GetParam().seed != 0) {
      decisions_.emplace(GetParam().seed);
      detail::install_decisions(&*decisions_);
    }
  }
  void TearDown() override {
    if (decisions_) { detail::install_decisions(nullptr); }
    set_max_workers(before_);
  }

  bool in_tasks() const { return GetParam().in_tasks; }

  // Runs the body as the main task, or on this thread, and waits for all that it spawned.
  void here(const std::function<void()>& body) {
    if (in_tasks()) {
      run([&] {
        body();
        join();
      });
    } else {
      body();
      join();
    }
  }

  // Another task, or another thread.
  void spawn(std::function<void()> f) {
    if (in_tasks()) {
      group_.go(std::move(f));
    } else {
      threads_.emplace_back(std::move(f));
    }
  }
  void join() {
    group_.wait();
    for (std::thread& thread : threads_) { thread.join(); }
    threads_.clear();
  }

 private:
  int before_ = 1;
  std::optional<detail::SeededDecisions> decisions_;
  WaitGroup group_;
  std::vector<std::thread> threads_;
};

inline std::string place_name(const testing::TestParamInfo<Place>& place) {
  std::ostringstream name;
  name << place.param;
  return name.str();
}

inline auto all_places() {
  return testing::Values(Place{1, true}, Place{2, true}, Place{4, true}, Place{1, true, 1}, Place{1, true, 2},
                         Place{2, false});
}

// Lets others run until exactly `count` tasks and threads wait inside the library. The scheduling of a test is thus
// decided, not hoped for: whoever is counted stands in its queue.
inline void until_waiting(std::size_t count) {
  while (detail::count_waiting() != count) { yield(); }
}

// What the exception says, or nothing for null.
inline std::string text_of(const std::exception_ptr& cause) {
  if (cause == nullptr) { return ""; }
  try {
    std::rethrow_exception(cause);
  } catch (const std::exception& e) { return e.what(); }
}

}  // namespace tenter
