// Misuse of channels, locks and wait groups that the program itself ran into (the library threw, or a lock was
// used against its rules). What it did not run into is looked for in unordered_close.h and wait_group_use.h.
#pragma once
#include <map>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "order/world.h"

namespace tenter::analysis {

struct MisuseCandidate {
  // unlock_of_unlocked_mutex with an other_task: the lock was held, by that task (the contract's unlock-by-other-task).
  trace::MisuseKind kind{};
  bool predicted = false;  // it did not come to it, but would in another schedule
  TaskId task = no_task;
  std::uint64_t object = 0;
  Site where;
  Site other;  // of the earlier close, or where the lock is held; pc 0 where there is none
  TaskId other_task = no_task;
  std::uint64_t count = 1;
};

// Besides what the program says of itself (Op::misuse), Misuse sees two things in the steps: an unlock by a task that is
// not the lock's holder, and the destruction of a lock that another task holds. A lock whose acquire
// was not recorded is never blamed.
class Misuse {
 public:
  explicit Misuse(const World& world) : world_(world) {}
  void observe(const Step& step) {
    // Most steps are accesses, which show at most that a task goes on.
    if (step.event.op == trace::Op::access_range || (is_atomic(step.event) && destroyed_.empty())) return;
    look_at(step);
  }
  // One per kind, object's place and task's place, in order of discovery.
  const std::vector<MisuseCandidate>& candidates() const { return found_; }
  // The program said that all its tasks sleep.
  bool all_asleep() const { return all_asleep_; }

 private:
  void look_at(const Step& step);
  void look_at_destroyed(const Step& step);
  struct Actor {
    TaskId task = no_task;
    Site where;
  };
  void add(trace::MisuseKind kind, const Step& step, Actor other);
  Actor holder_of(std::uint64_t lock) const;
  void on_destroy(const Step& step, Actor holder);

  const World& world_;
  std::vector<MisuseCandidate> found_;
  std::map<std::tuple<trace::MisuseKind, std::uint64_t, StackId, std::uint64_t>, std::size_t> places_;
  // Of locks held exclusively; World has moved on when we look. no_task: nobody.
  std::unordered_map<std::uint64_t, Actor> holders_;
  struct Destroyed {
    Step step;
    Actor holder;
  };
  std::vector<Destroyed> destroyed_;                  // under a task of the library that has done nothing since
  std::unordered_map<std::uint64_t, Actor> closers_;  // of channels
  bool all_asleep_ = false;
};

}  // namespace tenter::analysis
