// Without PossibleRaces an outlook may say that there is nothing only where no order of critical sections can be changed.
#include "predict/outlook.h"

#include <gtest/gtest.h>

#include "support/step_of.h"

namespace tenter::analysis {
namespace {

using trace::Op;
using Answer = Outlook::Answer;

constexpr TaskId main_task{1}, other{2};
constexpr std::uint64_t lock = 0x5000, short_patience = 10;

class Watched {
 public:
  explicit Watched(std::uint64_t patience) : outlook_({}, patience) { step(main_task, Op::task_create, 2); }
  void step(TaskId task, Op op, std::uint64_t object) { outlook_.observe(step_of(task, op, object), locks_); }
  void write(TaskId task, std::uint64_t address) { outlook_.observe(write_of(task, address), locks_); }
  void critical_section(TaskId task) {
    step(task, Op::lock_acquire, lock);
    step(task, Op::lock_release, lock);
  }
  void others_work() {
    for (unsigned i = 0; i < 20; ++i) write(other, 0x1000);
  }
  Answer answer(bool left_for_shb = false) const { return outlook_.answer(locks_, left_for_shb); }

 private:
  LockSets locks_;
  Outlook outlook_;
};

TEST(Outlook, IsNothingWhereNobodySharesALock) {
  Watched run(short_patience);
  run.others_work();
  run.critical_section(other);
  EXPECT_EQ(run.answer(), Answer::nothing);
  EXPECT_EQ(run.answer(true), Answer::look_again);
}

TEST(Outlook, LooksAgainWhereALockIsSharedLate) {
  Watched run(short_patience);
  run.critical_section(main_task);
  run.others_work();
  EXPECT_EQ(run.answer(), Answer::nothing);
  run.critical_section(other);
  EXPECT_EQ(run.answer(), Answer::look_again);
}

TEST(Outlook, TakesALockThatIsMadeAnewForAnotherOne) {
  Watched run(short_patience);
  run.critical_section(main_task);
  run.others_work();
  run.step(other, Op::lock_create, lock);
  run.critical_section(other);
  EXPECT_EQ(run.answer(), Answer::nothing);
}

TEST(Outlook, IsThatOfPossibleRacesWhereALockIsSharedSoon) {
  for (const bool races : {false, true}) {
    Watched run(short_patience);
    run.critical_section(main_task);
    run.critical_section(other);
    run.others_work();
    if (races) run.write(main_task, 0x1000);
    EXPECT_EQ(run.answer(), races ? Answer::possible : Answer::nothing);
  }
}

TEST(Outlook, IsThatOfPossibleRacesWithEndlessPatience) {
  Watched run(Outlook::endless);
  run.others_work();
  run.write(main_task, 0x1000);
  EXPECT_EQ(run.answer(), Answer::possible);
}

}  // namespace
}  // namespace tenter::analysis
