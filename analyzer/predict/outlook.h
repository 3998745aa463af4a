// Outlook says, while a run goes by, whether those who change the order of critical sections (syncp, osr) may find a race in it.
//
//   Outlook outlook({}, Outlook::Patience::some);
//   while (Step* step = sequencer.next()) { world.observe(*step); outlook.observe(*step, world.lock_sets()); }
//   switch (outlook.answer(world.lock_sets(), left_for_shb)) ...
//
// PossibleRaces answers that, and costs as much as happens-before. Where no two tasks took the same lock there is no order of
// critical sections to be changed, and happens-before answers as it does for shb (RaceSearch::orders_more_than_shb). So who has
// patience keeps PossibleRaces only if tasks are seen to share a lock soon after there are several; if they do so later, the
// answer is to look again. One object is for one thread. Memory: that of PossibleRaces, and an entry for each lock.
#pragma once
#include <cstdint>
#include <optional>

#include "base/flat_map.h"
#include "predict/possible_races.h"

namespace tenter::analysis {

class Outlook {
 public:
  enum class Patience : bool { none, some };
  enum class Answer : std::uint8_t {
    nothing,    // no race is possible
    possible,   // PossibleRaces says so
    look_again  // let PossibleRaces see the run from its beginning
  };
  static constexpr std::uint64_t steps_of_patience = 1u << 17;

  Outlook(const PossibleRaces::Limits& limits, Patience patience, std::uint64_t steps = steps_of_patience)
      : possible_(std::in_place, limits), patient_(patience == Patience::some), steps_left_(steps) {}

  void observe(const Step& step, const LockSets& locks) {
    if (possible_) possible_->observe(step, locks);
    if (!patient_ || shares_locks_) return;
    see_lock(step);
    pass(step.task, 1);
  }
  void observe(const Stretch& stretch, const LockSets& locks) {
    if (!possible_) return;
    possible_->observe(stretch, locks);
    if (patient_ && !shares_locks_) pass(stretch.task, stretch.accesses.size());
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
    if (!possible_ || task == first_) return;
    if (steps < steps_left_) {
      steps_left_ -= steps;
    } else if (!shares_locks_) {
      possible_.reset();
    }
  }

  std::optional<PossibleRaces> possible_;
  const bool patient_;
  std::uint64_t steps_left_;  // of other tasks than the first
  TaskId first_ = no_task;
  bool shares_locks_ = false;
  FlatMap user_of_;  // address of a lock + 1 -> the task that uses it
};

}  // namespace tenter::analysis
