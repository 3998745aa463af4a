// Statements 59 to 67: tasks. (Those that end the process are in ../ending_test.cc.)
#include <atomic>
#include <string>

#include "conformance.h"

namespace tenter {
namespace {

TEST_P(Conformance, S059_what_was_done_before_go_is_there_in_the_task) {
  here([&] {
    const auto results = make_chan<int>(1);
    for (int i = 0; i < 200; ++i) {
      int value = 0;
      value = i;
      go([&value, results] { results.send(value); });
      ASSERT_EQ(results.recv(), i);
    }
  });
}

TEST_P(Conformance, S061_arguments_are_evaluated_by_the_one_who_spawns) {
  here([&] {
    const auto results = make_chan<int>(1);
    std::string order;
    const auto argument = [&] {
      order += 'a';
      return 7;
    };
    std::string text = "before";
    go([results](int n, const std::string& copy) { results.send(copy == "before" ? n : -1); }, argument(), text);
    order += 's';
    text = "after";
    EXPECT_EQ(order, "as");
    EXPECT_EQ(results.recv(), 7);
  });
}

TEST_P(ConformanceOfTasks, S062_the_other_tasks_end_with_the_main_task) {
  const auto gate = make_chan<Unit>();
  std::atomic<int> begun{0};
  std::atomic<int> ended{0};
  EXPECT_EQ(run([&] {
              for (int i = 0; i < 10; ++i) {
                go([&, gate] {
                  ++begun;
                  (void)gate.recv();
                  ++ended;
                });
              }
              until_waiting(10);
              gate.close();  // all can go on, and yet none need have done so when main returns
              return 3;
            }),
            3);
  EXPECT_EQ(begun, 10);
  EXPECT_EQ(task_count(), 0u);
  const int ended_by_then = ended;
  run([] {
    for (int i = 0; i < 100; ++i) { yield(); }
  });
  EXPECT_EQ(ended, ended_by_then);
}

TEST_P(ConformanceOfTasks, S062_tasks_that_are_left_never_run_again) {
  const auto forever = make_chan<int>();
  std::atomic<int> steps{0};
  run([&] {
    go([&] {
      (void)forever.recv();
      ++steps;
    });
    until_waiting(1);
  });
  EXPECT_EQ(task_count(), 0u);
  run([&] {
    // Whoever waited there is gone: nobody takes the value.
    EXPECT_FALSE(forever.try_send(1));
    for (int i = 0; i < 10; ++i) { yield(); }
  });
  EXPECT_EQ(steps, 0);
}

}  // namespace
}  // namespace tenter
