// Operations of this run that went well by luck: a done that nothing orders after the add that it needs, an unlock by another
// task that nothing orders after the lock. What happened after one of them may never come about where it comes too
// early, so nothing else is foreseen from there.
//
//   rash.add(done, the_add);
//   if (rash.are_before(step.task)) return;
#pragma once
#include <algorithm>
#include <cstddef>
#include <vector>

#include "happens_before/happens_before.h"

namespace tenter::analysis {

// One object is for one thread; the engines of a run share it.
class RashUses {
 public:
  explicit RashUses(const HappensBefore& order) : order_(order) {}

  void add(Epoch rash, Epoch needed) {
    const Use use{rash, needed};
    if (std::find(uses_.begin(), uses_.end(), use) != uses_.end()) return;
    if (uses_.size() < max_uses) uses_.push_back(use);
    else too_many_ = true;
  }
  // Whether what the task does next comes after one of them, and not after what that one needs.
  bool are_before(TaskId task) const {
    return too_many_ || std::any_of(uses_.begin(), uses_.end(), [&](const Use& use) {
             return order_.ordered(use.rash, task) && !order_.ordered(use.needed, task);
           });
  }

 private:
  static constexpr std::size_t max_uses = 64;
  struct Use {
    Epoch rash, needed;
    bool operator==(const Use&) const = default;
  };

  const HappensBefore& order_;
  std::vector<Use> uses_;
  bool too_many_ = false;  // everything may be after one that was not kept
};

}  // namespace tenter::analysis
