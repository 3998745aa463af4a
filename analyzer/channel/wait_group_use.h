// Wait groups that are counted in an order which nothing keeps (package sync of Go's library, WaitGroup.Add):
//
//   - the counter is raised from zero by an add that nothing orders with a wait: in another schedule the wait returns before the
//     work was announced;
//   - a done does not come after the add that it belongs to: in another schedule the counter falls below zero (predicted).
//
//   waits.observe(step);                 // before `order` observes the step
//   for (const MisuseCandidate& one : waits.candidates()) ...
#pragma once
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "channel/misuse_pairs.h"
#include "channel/rash_uses.h"
#include "happens_before/happens_before.h"
#include "order/step.h"

namespace tenter::analysis {

// Any set of steps that holds, with a step, all that happened before it, could have been all that ran: in the order in which they
// did. So each report rests on such a set, after which the counter is zero where the add and the wait both come next, or
// in the course of which it falls below zero.
//
// A wait that returns learns of the adds before it, so what counts is what each side knew when it began: steps are looked
// at before the clocks move. Of a group the latest operations are told apart, 32 at most; all before them are part of every
// set, as they may be: none of them came after what is left out. One object is for one thread.
class WaitGroupUse {
 public:
  WaitGroupUse(const HappensBefore& order, RashUses& rash) : order_(order), rash_(rash) {}
  // Of what is no plain access.
  void observe(const Step& step);
  // One per pair of places, in order of discovery: `where` is the add, `other` the wait; or the done, and the add that it
  // would come before.
  const std::vector<MisuseCandidate>& candidates() const { return found_.all(); }

 private:
  // Operations of one group by their bits: the newest has the highest.
  using Uses = std::uint32_t;
  static constexpr std::size_t max_uses = 32;
  struct Use {
    Epoch epoch;
    Site where;
    std::int64_t delta = 0;  // 0: a wait
    bool from_zero = false;  // an add of this run
    bool reached = true;     // whatever went well by luck before it
    Uses before = 0;         // those that happened before it
  };
  struct Group {
    std::int64_t count = 0;
    std::int64_t count_before = 0;  // before `uses`
    std::vector<Use> uses;
    std::vector<TaskId> inside;  // tasks whose wait has begun
  };

  static std::size_t place_of(const Group& group, const Use& use);
  static bool is_before(const Group& group, const Use& one, const Use& other);
  void add(Group& group, const Step& step);
  void wait(Group& group, const Step& step);
  const Use& keep(Group& group, const Step& step, std::int64_t delta);
  void compare(const Group& group, const Use& add, const Use& wait, std::uint64_t object);
  void count_without(const Group& group, const Use& add, std::uint64_t object);
  void report(trace::MisuseKind kind, bool predicted, std::uint64_t object, const Use& one, const Use& other);

  const HappensBefore& order_;
  RashUses& rash_;
  std::unordered_map<std::uint64_t, Group> groups_;
  MisusePairs found_;
};

}  // namespace tenter::analysis
