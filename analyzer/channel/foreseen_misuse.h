// Misuse that this run need not have come to, but another schedule of it would: all that looks for it, as one.
//
//   foreseen.observe(step);              // before `order` observes the step
//   for (const MisuseCandidate& one : foreseen.candidates()) ...
#pragma once
#include <vector>

#include "channel/rash_uses.h"
#include "channel/unordered_close.h"
#include "channel/unordered_unlock.h"
#include "channel/wait_group_use.h"

namespace tenter::analysis {

// One object is for one thread.
class ForeseenMisuse {
 public:
  explicit ForeseenMisuse(const HappensBefore& order)
      : rash_(order), wait_groups_(order, rash_), closes_(order, rash_), unlocks_(order, rash_) {}
  void observe(const Step& step) {
    if (step.event.op == trace::Op::access_range) return;  // most steps
    // Where other events were lost an order, or an operation, may have been among them: nothing is foreseen from there on.
    blind_ = blind_ || (step.event.op == trace::Op::lost && (step.event.flags & trace::LostFlag::only_accesses) == 0);
    if (blind_) return;
    wait_groups_.observe(step);
    closes_.observe(step);
    unlocks_.observe(step);
  }
  // An add beside a wait is of this run unless it is `predicted`; all else is predicted.
  std::vector<MisuseCandidate> candidates() const {
    std::vector<MisuseCandidate> all = wait_groups_.candidates();
    all.insert(all.end(), closes_.candidates().begin(), closes_.candidates().end());
    all.insert(all.end(), unlocks_.candidates().begin(), unlocks_.candidates().end());
    return all;
  }

 private:
  RashUses rash_;
  WaitGroupUse wait_groups_;
  UnorderedClose closes_;
  UnorderedUnlock unlocks_;
  bool blind_ = false;
};

}  // namespace tenter::analysis
