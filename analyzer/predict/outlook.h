// Outlook says, while a run goes by, whether those who change the order of critical sections (syncp, osr) may find a race in it.
//
//   Outlook outlook({}, Outlook::steps_of_patience);
//   while (Step* step = sequencer.next()) { world.observe(*step); outlook.observe(*step, world.lock_sets()); }
//   switch (outlook.answer(world.lock_sets(), left_for_shb)) ...
//
// PossibleRaces answers that, and costs as much as happens-before. Where no two tasks took the same lock there is no order of
// critical sections to be changed, and happens-before answers as it does for shb (RaceSearch::orders_more_than_shb). So PossibleRaces
// is kept for some steps after there are several tasks, and longer only if these were seen to share a lock by then; if they
// do so later, the answer is to look again. Who has no such answer of happens-before has endless patience. One object is for one thread. Memory: that of PossibleRaces, and an entry for each lock.
#pragma once
#include <cstdint>
#include <optional>

#include "base/flat_map.h"
#include "predict/possible_races.h"

namespace tenter::analysis {

class Outlook {
 public:
  enum class Answer : std::uint8_t {
    nothing,    // no race is possible
    possible,   // PossibleRaces says so
    look_again  // let PossibleRaces see the run from its beginning
  };
  static constexpr std::uint64_t steps_of_patience = 1u << 17;
  static constexpr std::uint64_t endless = UINT64_MAX;

  // `patience`: for so many steps of other tasks than the first PossibleRaces is kept in any case.
  Outlook(const PossibleRaces::Limits& limits, std::uint64_t patience)
      : possible_(std::in_place, limits), patience_(patience) {}

  void observe(const Step& step, const LockSets& locks) {
    if (possible_) possible_->observe(step, locks);
    if (shares_locks_) return;
    see_lock(step);
    if (!shares_locks_) pass(step.task, 1);
  }
  void observe(const Stretch& stretch, const LockSets& locks) {
    if (!possible_) return;
    possible_->observe(stretch, locks);
    if (!shares_locks_) pass(stretch.task, stretch.accesses.size());
  }
  // After the last step. `left_for_shb`: two accesses raced, or RaceSearch::orders_more_than_shb.
  Answer answer(const LockSets& locks, bool left_for_shb) const {
    if (possible_) return possible_->any(locks) ? Answer::possible : Answer::nothing;
    return shares_locks_ || left_for_shb ? Answer::look_again : Answer::nothing;
  }

 private:
  void see_lock(const Step& step) {
    switch (step.event.op) {
      case trace::Op::lock_acquire:
      case trace::Op::lock_release: {
        std::uint32_t& user = user_of_.at(step.event.object + 1, index(step.task));
        shares_locks_ = user != index(step.task);
        return;
      }
      case trace::Op::lock_create:
      case trace::Op::lock_destroy: return user_of_.erase(step.event.object + 1);
      default: return;
    }
  }
  void pass(TaskId task, std::uint64_t steps) {
    if (first_ == no_task) first_ = task;
    if (task != first_) others_steps_ += steps;
    if (others_steps_ >= patience_) possible_.reset();
  }

  std::optional<PossibleRaces> possible_;
  const std::uint64_t patience_;
  TaskId first_ = no_task;
  std::uint64_t others_steps_ = 0;
  bool shares_locks_ = false;
  FlatMap user_of_;  // address of a lock + 1 -> the task that uses it
};

}  // namespace tenter::analysis
