// Unlocks of a lock that another task has taken, where nothing orders the two: in another schedule the unlock comes first,
// and finds the lock free.
//
//   unlocks.observe(step);               // before `order` observes the step
//   for (const MisuseCandidate& one : unlocks.candidates()) ...
#pragma once
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "channel/misuse_pairs.h"
#include "channel/rash_uses.h"
#include "happens_before/happens_before.h"
#include "order/step.h"

namespace tenter::analysis {

// All that came before the lock may have happened, and all that the unlock needs: then the lock is free, since whoever had it before
// has given it back. Memory: an entry for each lock that is held. One object is for one thread.
class UnorderedUnlock {
 public:
  UnorderedUnlock(const HappensBefore& order, RashUses& rash) : order_(order), rash_(rash) {}
  // Of what is no plain access.
  void observe(const Step& step);
  // One per pair of places, in order of discovery: `where` is the unlock, `other` the lock.
  const std::vector<MisuseCandidate>& candidates() const { return found_.all(); }

 private:
  struct Holder {
    Epoch epoch;
    Site where;
  };

  void on_release(const Step& step);

  const HappensBefore& order_;
  RashUses& rash_;
  std::unordered_map<std::uint64_t, Holder> holders_;  // of locks held exclusively
  MisusePairs found_;
};

}  // namespace tenter::analysis
