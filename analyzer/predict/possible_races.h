// PossibleRaces answers while a run goes by whether a prediction is worth its price: is there a pair of conflicting accesses that
// neither the feasibility edges order nor a lock keeps apart? Where there is none, no reordering that keeps those edges brings two
// together, and no engine has anything to say.
//
//   PossibleRaces possible;
//   while (Step* step = sequencer.next()) { world.observe(*step); possible.observe(*step, world.lock_sets()); }
//   if (possible.any(world.lock_sets())) ... a table, and the engines
//
// Of each cell the accesses are kept that a later one may not be ordered with. An access takes the place of an earlier one that
// is ordered before it, in the bytes that it touches, when whatever can race with the earlier one there can race with it too: it is at
// least as strong, and holds no lock that the other did not hold. (The rule of FastTrack, Flanagan and Freund, PLDI 2009, section 3, with
// another order and with locks.) Accesses of one task are one where nobody can follow the first of them without following the last, which
// is FastTrack's epoch. When something would be too much to keep, the answer is yes. Not thread-safe.
#pragma once
#include <cstdint>
#include <memory>

#include "order/lock_sets.h"
#include "order/step.h"

namespace tenter::analysis {

class PossibleRaces {
 public:
  static constexpr std::size_t bytes_a_cell = 64;
  struct Limits {
    std::size_t cells = std::size_t{1} << 23;        // 64 for every 512 bytes of memory in which there was an access
    std::size_t clock_words = std::size_t{1} << 26;  // four bytes each
    std::size_t sweep_words = std::size_t{1} << 20;  // after so many new ones, those that nobody needs are given up
    std::size_t tasks = 4096;                        // that found nobody to succeed
    std::size_t new_tasks = 64;  // of these, after which it is looked whom the next ones may succeed
  };
  PossibleRaces();
  explicit PossibleRaces(const Limits& limits);
  ~PossibleRaces();
  void observe(const Step& step, const LockSets& locks);
  void observe(const Stretch& stretch, const LockSets& locks);
  // There is one, whatever comes.
  bool found() const { return impl_ == nullptr; }
  // To be asked after the last step.
  bool any(const LockSets& locks) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;  // null: there is one
};

}  // namespace tenter::analysis
