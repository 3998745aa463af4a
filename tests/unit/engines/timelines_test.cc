// What a timeline keeps of a run, and which arrows it draws.
#include "timeline/timelines.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "support/step_of.h"

namespace tenter::analysis {
namespace {

using trace::Op;

constexpr TaskId main_thread{1}, left{2}, right{3}, third{4};
constexpr std::uint64_t mutex = 0x5000, other_mutex = 0x5100, total = 0x6000;

// A run, step by step. What each step is for is told by its place: no two places are the same unless a test wants it.
class Story {
 public:
  Story& at(std::uint64_t pc) {
    pc_ = pc;
    return *this;
  }
  Story& step(TaskId task, Op op, std::uint64_t object, std::uint64_t value = 0, std::uint8_t flags = 0,
              std::uint8_t arg = 0) {
    steps_.push_back(step_of(task, op, object, value, flags, arg, pc_));
    return *this;
  }
  Story& create(TaskId creator, TaskId task) {
    step(creator, Op::task_create, index(task), 0, 0, static_cast<std::uint8_t>(trace::TaskKind::thread));
    return step(task, Op::task_start, index(task), 0, 0, static_cast<std::uint8_t>(trace::TaskKind::thread));
  }
  Story& lock(TaskId task, std::uint64_t which = mutex) { return step(task, Op::lock_acquire, which); }
  Story& unlock(TaskId task, std::uint64_t which = mutex) { return step(task, Op::lock_release, which); }
  Story& write(TaskId task, std::uint64_t address = total) {
    return step(task, Op::access_range, address, 8, trace::AccessFlag::write);
  }

  std::vector<std::optional<Timeline>> timelines(std::vector<TimelineRequest> requests) const {
    World world;
    for (Step one : steps_) world.observe(one);
    Timelines timelines(world, std::move(requests));
    HappensBefore order;
    for (const Step& one : steps_) {
      order.observe(one);
      timelines.observe(one, order);
    }
    return timelines.finish();
  }
  std::optional<Timeline> timeline(TimelineRequest request) const { return timelines({std::move(request)}).front(); }

 private:
  std::vector<Step> steps_;
  std::uint64_t pc_ = 0x1000;
};

TimelineMark access(TaskId task, std::uint64_t pc) { return {task, {pc, empty_stack}, total, 8, false}; }

// "2>3": the numbers of the steps in the run, which are their positions.
std::vector<std::string> arrows(const Timeline& timeline) {
  std::vector<std::string> told;
  for (const TimelineArrow& arrow : timeline.arrows)
    told.push_back(std::to_string(timeline.steps[arrow.from].position) + '>' +
                   std::to_string(timeline.steps[arrow.to].position));
  return told;
}
std::vector<std::uint64_t> marks(const Timeline& timeline) {
  std::vector<std::uint64_t> told;
  for (const TimelineStep& step : timeline.steps)
    if (step.marked) told.push_back(step.position);
  return told;
}

TEST(Timelines, shows_the_pair_that_nothing_orders_and_not_an_earlier_one_that_a_lock_does) {
  Story run;
  run.create(main_thread, left).create(main_thread, right);                                              // 0 to 3
  run.at(0x2000).lock(left).write(left).unlock(left).at(0x3000).lock(right).write(right).unlock(right);  // 4 to 9
  run.at(0x2000).write(left).at(0x3000).write(right);                                                    // 10, 11
  const auto timeline = run.timeline({{access(left, 0x2000), access(right, 0x3000)}, true, {}});
  ASSERT_TRUE(timeline);
  EXPECT_FALSE(timeline->ordered);
  EXPECT_EQ(marks(*timeline), (std::vector<std::uint64_t>{8, 10})) << "5 and 8 are ordered";
  EXPECT_EQ(timeline->lanes, (std::vector<TaskId>{main_thread, left, right}));
  // The creations and the hand-over of the lock; the marks' own synchronization is all there.
  EXPECT_EQ(arrows(*timeline), (std::vector<std::string>{"0>1", "2>3", "6>7"}));
  EXPECT_EQ(timeline->left_out, 0u);
}

TEST(Timelines, of_a_pair_that_is_always_ordered_is_nothing_unless_order_is_allowed) {
  Story run;
  run.create(main_thread, left).create(main_thread, right);
  run.at(0x2000).lock(left).write(left).unlock(left).at(0x3000).lock(right).write(right).unlock(right);
  const std::vector<TimelineMark> pair = {access(left, 0x2000), access(right, 0x3000)};
  EXPECT_FALSE(run.timeline({pair, true, {}}));
  const auto timeline = run.timeline({pair, false, {}});
  ASSERT_TRUE(timeline);
  EXPECT_TRUE(timeline->ordered);
}

TEST(Timelines, leaves_out_arrows_that_others_imply) {
  Story run;
  run.create(main_thread, left).create(main_thread, right).create(main_thread, third);  // 0 to 5
  run.lock(left).unlock(left);                                                          // 6, 7
  run.lock(right).unlock(right);                                                        // 8, 9: after 7
  run.lock(third).at(0x4000).write(third);                                              // 10: after 9, and so after 7
  run.at(0x2000).write(left);
  const auto timeline = run.timeline({{access(third, 0x4000), access(left, 0x2000)}, true, {right}});
  ASSERT_TRUE(timeline);
  EXPECT_EQ(arrows(*timeline), (std::vector<std::string>{"0>1", "2>3", "4>5", "7>8", "9>10"}));
}

TEST(Timelines, draws_what_came_by_way_of_a_task_that_is_not_shown) {
  Story run;
  run.create(main_thread, left).create(main_thread, right).create(main_thread, third);
  run.lock(left).unlock(left);    // 6, 7
  run.lock(third).unlock(third);  // 8, 9
  run.lock(right);                // 10
  run.at(0x3000).write(right).at(0x2000).write(left);
  const auto timeline = run.timeline({{access(right, 0x3000), access(left, 0x2000)}, true, {}});
  ASSERT_TRUE(timeline);
  EXPECT_EQ(timeline->lanes, (std::vector<TaskId>{main_thread, left, right}));
  // With what left did came also that main had created the third.
  EXPECT_EQ(arrows(*timeline), (std::vector<std::string>{"0>1", "2>3", "4>10", "7>10"}));
}

TEST(Timelines, keeps_a_bounded_part_of_a_long_run_and_counts_the_rest) {
  Story run;
  run.create(main_thread, left).create(main_thread, right);
  for (int i = 0; i < 1000; ++i) run.lock(left, other_mutex).unlock(left, other_mutex);
  run.at(0x2000).write(left);
  run.at(0x1000);
  for (int i = 0; i < 1000; ++i) run.lock(left, other_mutex).unlock(left, other_mutex);
  run.at(0x3000).write(right);
  const auto timeline = run.timeline({{access(left, 0x2000), access(right, 0x3000)}, true, {}});
  ASSERT_TRUE(timeline);
  const std::size_t most =
      Timelines::kept_steps + Timelines::kept_with_mark + 2 /* created, first */ + 1 /* the mark */;
  EXPECT_LE(std::ranges::count(timeline->steps, left, &TimelineStep::task), static_cast<std::ptrdiff_t>(most));
  // The mark stands among the steps before it, although a thousand have come since.
  const auto mark = std::ranges::find_if(timeline->steps, [](const TimelineStep& step) { return step.marked; });
  ASSERT_GE(mark - timeline->steps.begin(), 2);
  EXPECT_EQ((mark - 1)->position + 1, mark->position);
  // 4,004 in all: what is not kept is told.
  const auto kept = std::ranges::count_if(timeline->steps, [](const TimelineStep& step) { return !step.marked; });
  EXPECT_EQ(timeline->left_out + static_cast<std::uint64_t>(kept), 4004u);
}

TEST(Timelines, a_few_steps_after_the_pair_are_kept) {
  Story run;
  run.create(main_thread, left).create(main_thread, right);
  run.at(0x2000).write(left).at(0x3000).write(right);  // 4, 5
  for (int i = 0; i < 10; ++i) run.lock(left).unlock(left);
  const auto timeline = run.timeline({{access(left, 0x2000), access(right, 0x3000)}, true, {}});
  ASSERT_TRUE(timeline);
  EXPECT_EQ(std::ranges::count_if(timeline->steps, [](const TimelineStep& step) { return step.position > 5; }),
            Timelines::kept_after);
}

TEST(Timelines, at_the_end_of_the_run_waits_are_marked) {
  Story run;
  run.create(main_thread, left).lock(left, mutex).lock(main_thread, other_mutex);
  run.step(left, Op::wait_begin, other_mutex, static_cast<std::uint64_t>(trace::WaitKind::lock));         // 4
  run.step(main_thread, Op::wait_begin, 0x7000, static_cast<std::uint64_t>(trace::WaitKind::condition));  // 5
  run.step(main_thread, Op::wait_end, 0x7000);
  run.step(main_thread, Op::wait_begin, mutex, static_cast<std::uint64_t>(trace::WaitKind::lock));  // 7
  const auto timeline = run.timeline({{}, false, {main_thread, left}});
  ASSERT_TRUE(timeline);
  EXPECT_EQ(marks(*timeline), (std::vector<std::uint64_t>{4, 7}));
  ASSERT_TRUE(timeline->steps.back().waiting);
  EXPECT_EQ(timeline->steps.back().waiting->object, mutex);
}

TEST(Timelines, a_cycle_of_locks_marks_both_acquires) {
  Story run;
  run.create(main_thread, left).create(main_thread, right);
  run.at(0x2000).lock(left, mutex).at(0x2010).lock(left, other_mutex).unlock(left, other_mutex).unlock(left, mutex);
  run.at(0x3000).lock(right, other_mutex).at(0x3010).lock(right, mutex);
  const TimelineMark one{left, {0x2010, empty_stack}, other_mutex, 1, true},
      other{right, {0x3010, empty_stack}, mutex, 1, true};
  const auto timeline = run.timeline({{one, other}, false, {}});
  ASSERT_TRUE(timeline);
  EXPECT_EQ(marks(*timeline), (std::vector<std::uint64_t>{5, 9}));
  const auto repeated = std::ranges::adjacent_find(timeline->steps, {}, &TimelineStep::position);
  EXPECT_EQ(repeated, timeline->steps.end()) << "a marked acquire is one step, not two";
}

TEST(Timelines, a_flag_that_is_looked_at_again_and_again_is_one_step) {
  Story run;
  const auto acquire = static_cast<std::uint8_t>(trace::MemoryOrder::acquire);
  run.create(main_thread, left).at(0x2000).write(left).at(0x1010);
  for (int i = 0; i < 100; ++i) run.step(main_thread, Op::atomic_load, 0x7000, 0, acquire, 8);
  run.at(0x3000).write(main_thread);
  const auto timeline = run.timeline({{access(left, 0x2000), access(main_thread, 0x3000)}, true, {}});
  ASSERT_TRUE(timeline);
  EXPECT_EQ(std::ranges::count(timeline->steps, Op::atomic_load, &TimelineStep::op), 1);
}

TEST(Timelines, relaxed_atomics_order_nothing_and_are_not_shown) {
  Story run;
  const auto relaxed = static_cast<std::uint8_t>(trace::MemoryOrder::relaxed);
  run.create(main_thread, left).step(left, Op::atomic_store, 0x7000, 0, relaxed, 8);
  run.at(0x2000).write(left).at(0x3000).write(main_thread);
  const auto timeline = run.timeline({{access(left, 0x2000), access(main_thread, 0x3000)}, true, {}});
  ASSERT_TRUE(timeline);
  EXPECT_EQ(std::ranges::count(timeline->steps, Op::atomic_store, &TimelineStep::op), 0);
}

// The left thread writes and sets a flag, the main thread looks at the flag and reads; fences where they are wanted.
std::optional<Handover> handed_over(trace::MemoryOrder set, trace::MemoryOrder look,
                                    std::optional<trace::MemoryOrder> after_write = {},
                                    std::optional<trace::MemoryOrder> after_look = {}) {
  const auto flags = [](trace::MemoryOrder order) { return static_cast<std::uint8_t>(order); };
  Story run;
  run.create(main_thread, left).at(0x2000).write(left).at(0x2010);
  if (after_write) run.step(left, Op::fence, 0, 0, flags(*after_write));
  run.step(left, Op::atomic_store, 0x7000, 0, flags(set), 8).at(0x3000);
  run.step(main_thread, Op::atomic_load, 0x7000, 0, flags(look), 8);
  if (after_look) run.step(main_thread, Op::fence, 0, 0, flags(*after_look));
  run.at(0x3010).write(main_thread);
  const auto timeline = run.timeline({{access(left, 0x2000), access(main_thread, 0x3010)}, true, {}});
  return timeline ? timeline->handover : std::nullopt;
}

TEST(Timelines, an_atomic_that_looks_as_if_it_ordered_two_marks_is_named) {
  using enum trace::MemoryOrder;
  const auto neither = handed_over(relaxed, relaxed);
  ASSERT_TRUE(neither);
  EXPECT_EQ(neither->write.where.pc, 0x2010U);
  EXPECT_EQ(neither->read.where.pc, 0x3000U);
  EXPECT_FALSE(neither->releases || neither->acquires);
  const auto one = handed_over(release, relaxed);
  EXPECT_TRUE(one && one->releases && !one->acquires);
  const auto other = handed_over(relaxed, acquire);
  EXPECT_TRUE(other && !other->releases && other->acquires);
  const auto fence = handed_over(relaxed, relaxed, acq_rel);
  EXPECT_TRUE(fence && fence->releases && !fence->acquires) << "a fence before the write makes it a release";
  const auto late = handed_over(relaxed, relaxed, {}, acquire);
  EXPECT_TRUE(late && !late->releases && late->acquires) << "a fence after the read makes it an acquire";
  const auto wrong = handed_over(relaxed, relaxed, acquire, release);
  EXPECT_TRUE(wrong && !wrong->releases && !wrong->acquires) << "fences of the wrong kind";
  EXPECT_FALSE(handed_over(release, acquire)) << "ordered: there is no such pair";
}

TEST(Timelines, an_atomic_written_before_the_first_mark_or_read_after_the_second_explains_nothing) {
  const auto relaxed = static_cast<std::uint8_t>(trace::MemoryOrder::relaxed);
  Story run;
  run.create(main_thread, left).step(left, Op::atomic_store, 0x7000, 0, relaxed, 8).at(0x2000).write(left).at(0x2010);
  run.step(left, Op::atomic_store, 0x7100, 0, relaxed, 8)
      .at(0x3000)
      .step(main_thread, Op::atomic_load, 0x7000, 0, relaxed, 8);
  run.at(0x3010).write(main_thread).step(main_thread, Op::atomic_load, 0x7100, 0, relaxed, 8);
  const auto timeline = run.timeline({{access(left, 0x2000), access(main_thread, 0x3010)}, true, {}});
  ASSERT_TRUE(timeline);
  EXPECT_FALSE(timeline->handover);
}

TEST(Timelines, there_are_no_more_of_them_than_promised) {
  Story run;
  run.create(main_thread, left).at(0x2000).write(left).at(0x3000).write(main_thread);
  const TimelineRequest request{{access(left, 0x2000), access(main_thread, 0x3000)}, true, {}};
  const auto timelines = run.timelines(std::vector<TimelineRequest>(Timelines::max_timelines + 5, request));
  ASSERT_EQ(timelines.size(), Timelines::max_timelines + 5);
  EXPECT_EQ(std::ranges::count_if(timelines, [](const auto& one) { return one.has_value(); }),
            static_cast<std::ptrdiff_t>(Timelines::max_timelines));
}

TEST(Timelines, tasks_that_nobody_heard_of_are_no_harm) {
  Story run;
  run.create(main_thread, left).at(0x2000).write(left);
  EXPECT_FALSE(run.timeline({{access(left, 0x2000), access(TaskId{77}, 0x3000)}, true, {}}));
  EXPECT_FALSE(run.timeline({{}, false, {TaskId{77}}}));
}

}  // namespace
}  // namespace tenter::analysis
