// The arrows of a whole run, against the order that the clocks tell, in many random runs.
#include "timeline/whole_run.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "support/step_of.h"

namespace tenter::analysis {
namespace {

using trace::Op;

Step of_thread(TaskId task, Op op, TaskId thread) {
  return step_of(task, op, index(thread), 0, 0, static_cast<std::uint8_t>(trace::TaskKind::thread));
}

// Tasks that main creates take and give back locks, one step at a time, in a random order.
std::vector<Step> random_run(std::mt19937& random) {
  const std::uint32_t tasks = 2 + random() % 4;
  const std::uint64_t locks = 1 + random() % 3;
  std::vector<Step> run;
  for (std::uint32_t task = 2; task <= tasks; ++task) {
    run.push_back(of_thread(TaskId{1}, Op::task_create, TaskId{task}));
    run.push_back(of_thread(TaskId{task}, Op::task_start, TaskId{task}));
  }
  std::vector<TaskId> holder(locks, no_task);
  for (unsigned i = 0; i < 40; ++i) {
    const TaskId task{1 + static_cast<std::uint32_t>(random()) % tasks};
    const std::uint64_t lock = random() % locks;
    if (holder[lock] != no_task && holder[lock] != task) continue;
    run.push_back(step_of(task, holder[lock] == task ? Op::lock_release : Op::lock_acquire, 0x5000 + lock * 0x100));
    holder[lock] = holder[lock] == task ? no_task : task;
  }
  return run;
}

TEST(WholeRun, its_arrows_and_the_order_within_tasks_are_the_order_of_the_clocks) {
  std::size_t arrows = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const std::vector<Step> run = random_run(random);
    HappensBefore order;
    WholeRun whole(1000);
    std::vector<VectorClock> clocks;
    std::vector<std::uint32_t> counts;
    for (const Step& step : run) {
      order.observe(step);
      whole.observe(step, order);
      clocks.push_back(order.clock(step.task));
      counts.push_back(order.epoch(step.task).count);
    }
    const Timeline timeline = whole.finish();
    ASSERT_EQ(timeline.steps.size(), run.size());
    arrows += timeline.arrows.size();
    // reached[to][from], by the arrows and the order within each task.
    std::vector<std::vector<bool>> reached(run.size(), std::vector<bool>(run.size()));
    const auto reach = [&](std::size_t from, std::size_t to) {
      reached[to][from] = true;
      for (std::size_t i = 0; i < run.size(); ++i) reached[to][i] = reached[to][i] || reached[from][i];
    };
    for (std::size_t to = 0; to < run.size(); ++to) {
      for (std::size_t from = to; from-- > 0;)
        if (run[from].task == run[to].task) {
          reach(from, to);
          break;
        }
      for (const TimelineArrow& arrow : timeline.arrows) {
        if (arrow.to != to) continue;
        ASSERT_FALSE(reached[to][arrow.from]) << arrow.from << '>' << to << " is implied by others";
        reach(arrow.from, to);
      }
    }
    for (std::size_t to = 0; to < run.size(); ++to)
      for (std::size_t from = 0; from < to; ++from)
        if (run[from].task != run[to].task) {
          ASSERT_EQ(reached[to][from], clocks[to].of(run[from].task) >= counts[from]) << from << " and " << to;
        }
  }
  EXPECT_GT(arrows, 2000U);
}

TEST(WholeRun, keeps_the_beginning_and_counts_the_rest) {
  std::mt19937 random(7);
  const std::vector<Step> run = random_run(random);
  HappensBefore order;
  WholeRun whole(5);
  for (const Step& step : run) {
    order.observe(step);
    whole.observe(step, order);
  }
  const Timeline timeline = whole.finish();
  EXPECT_EQ(timeline.steps.size(), 5U);
  EXPECT_EQ(timeline.left_out, run.size() - 5);
}

TEST(WholeRun, a_wait_is_shown_with_the_cases_of_its_select) {
  HappensBefore order;
  WholeRun whole(1000);
  const auto tell = [&](Step step) {
    order.observe(step);
    whole.observe(step, order);
  };
  Step wait = step_of(TaskId{1}, Op::wait_begin, 0);
  wait.event.value = static_cast<std::uint64_t>(trace::WaitKind::select);
  tell(step_of(TaskId{1}, Op::task_create, 2));
  tell(wait);
  tell(step_of(TaskId{1}, Op::select_case, 0x7000));
  tell(step_of(TaskId{1}, Op::select_case, 0x7100));
  tell(step_of(TaskId{1}, Op::wait_end, 0));
  const Timeline timeline = whole.finish();
  ASSERT_EQ(timeline.steps.size(), 2U);
  ASSERT_TRUE(timeline.steps[1].waiting);
  EXPECT_EQ(timeline.steps[1].waiting->cases.size(), 2U);
}

}  // namespace
}  // namespace tenter::analysis
