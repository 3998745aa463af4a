// Tasks that succeed each other are few at a time, and so are the clocks' entries.
#include "predict/possible_races.h"

#include <gtest/gtest.h>

#include "support/step_of.h"

namespace tenter::analysis {
namespace {

using trace::Op;

constexpr TaskId main_task{1};
constexpr std::uint64_t shared = 0x1000, block = 0x2000, lock = 0x5000;
constexpr std::uint32_t many = 5000;
constexpr std::size_t most_tasks = 8;

class Watched {
 public:
  void step(TaskId task, Op op, std::uint64_t object) { observe(step_of(task, op, object)); }
  void write(TaskId task, std::uint64_t address = shared) { observe(write_of(task, address)); }
  void write_under_lock(TaskId task) {
    step(task, Op::lock_acquire, lock);
    Step access = write_of(task, shared);
    access.held = locks_.with(no_locks, {lock, false});
    observe(access);
    step(task, Op::lock_release, lock);
  }
  void allocate(TaskId task, std::uint64_t begin) { observe(step_of(task, Op::alloc, begin, 64)); }
  void create(TaskId creator, TaskId task) { step(creator, Op::task_create, index(task)); }
  void end(TaskId task) { step(task, Op::task_end, index(task)); }
  void join(TaskId who, TaskId task) { step(who, Op::task_join, index(task)); }
  bool any() const { return possible_.any(locks_); }

 private:
  void observe(const Step& step) { possible_.observe(step, locks_); }

  LockSets locks_;
  PossibleRaces possible_{{.tasks = most_tasks, .new_tasks = 2}};
};

TEST(PossibleRaces, AreNoneAmongThousandsOfTasksThatSucceedEachOther) {
  Watched run;
  for (std::uint32_t i = 2; i < many; ++i) {
    run.create(main_task, TaskId{i});
    run.write(TaskId{i});
    run.end(TaskId{i});
    run.join(main_task, TaskId{i});
  }
  EXPECT_FALSE(run.any());
}

TEST(PossibleRaces, AreHeldPossibleWhereMoreTasksAreAliveThanThereIsRoomFor) {
  Watched run;
  for (std::uint32_t i = 2; i < most_tasks + 4; ++i) run.create(main_task, TaskId{i});
  EXPECT_TRUE(run.any());
}

TEST(PossibleRaces, ATaskDoesNotSucceedOneThatNobodyWaitedFor) {
  Watched run;
  run.create(main_task, TaskId{2});
  run.write(TaskId{2});
  run.end(TaskId{2});
  run.create(main_task, TaskId{3});
  run.write(TaskId{3});
  EXPECT_TRUE(run.any());
}

// Each has the memory of the one before, of which nothing is remembered then but its number.
TEST(PossibleRaces, AreNoneAmongThousandsOfTasksThatNobodyWaitsFor) {
  Watched run;
  for (std::uint32_t i = 2; i < many; ++i) {
    run.create(main_task, TaskId{i});
    run.allocate(TaskId{i}, block);
    run.write(TaskId{i}, block);
    run.end(TaskId{i});
  }
  EXPECT_FALSE(run.any());
}

TEST(PossibleRaces, AreSeenWithATaskThatNobodyWaitedForThousandsOfTasksLater) {
  Watched run;
  run.create(main_task, TaskId{2});
  run.write(TaskId{2});
  run.end(TaskId{2});
  for (std::uint32_t i = 3; i < many; ++i) {
    run.create(main_task, TaskId{i});
    run.allocate(TaskId{i}, block);
    run.write(TaskId{i}, block);
    run.end(TaskId{i});
  }
  ASSERT_FALSE(run.any());
  run.create(main_task, TaskId{many});
  run.write(TaskId{many});
  EXPECT_TRUE(run.any());
}

// 3 knew of 2 and nothing of 3 is remembered, so a later task has its number, and its clock must begin anew.
TEST(PossibleRaces, ASuccessorDoesNotKnowWhatTheOneBeforeItKnew) {
  for (std::uint32_t last = 4; last < 4 + 2 * most_tasks; ++last) {
    Watched run;
    run.create(main_task, TaskId{2});
    run.create(main_task, TaskId{3});
    run.write(TaskId{2});
    run.end(TaskId{2});
    run.join(TaskId{3}, TaskId{2});
    run.end(TaskId{3});
    for (std::uint32_t i = 4; i <= last; ++i) {
      ASSERT_FALSE(run.any());
      run.create(main_task, TaskId{i});
      run.allocate(TaskId{i}, block);
      run.write(TaskId{i}, i == last ? shared : block);
      run.end(TaskId{i});
    }
    EXPECT_TRUE(run.any()) << last;
  }
}

TEST(PossibleRaces, ATaskDoesNotSucceedOneThatAnotherWaitedFor) {
  Watched run;
  run.create(main_task, TaskId{2});
  run.create(main_task, TaskId{3});
  run.write(TaskId{2});
  run.end(TaskId{2});
  run.join(TaskId{3}, TaskId{2});
  run.create(main_task, TaskId{4});
  run.write(TaskId{4});
  EXPECT_TRUE(run.any());
}

TEST(PossibleRaces, ATaskDoesNotSucceedOneThatStillHoldsALock) {
  for (const bool keeps_it : {false, true}) {
    Watched run;
    run.create(main_task, TaskId{2});
    run.create(main_task, TaskId{3});
    run.write_under_lock(TaskId{2});
    run.step(TaskId{3}, Op::lock_acquire, lock);
    if (!keeps_it) run.step(TaskId{3}, Op::lock_release, lock);
    run.end(TaskId{3});
    run.join(main_task, TaskId{3});
    run.create(main_task, TaskId{4});
    run.write_under_lock(TaskId{4});
    EXPECT_EQ(run.any(), keeps_it) << "two tasks seem to hold it at once, so that it keeps nobody out";
  }
}

}  // namespace
}  // namespace tenter::analysis
