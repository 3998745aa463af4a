// Wait groups whose counter is raised from zero by an add that nothing orders with a wait: in another schedule the
// wait returns before the work was announced (package sync of Go's library, WaitGroup.Add).
//
//   waits.observe(step);                 // before `order` observes the step
//   for (const MisuseCandidate& one : waits.candidates()) ...
#pragma once
#include <cstdint>
#include <map>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "channel/misuse.h"
#include "happens_before/happens_before.h"
#include "order/step.h"

namespace tenter::analysis {

// A wait that returns learns of the adds before it, so what counts is what the waiter knew when it began: steps are
// looked at before the clocks move. Memory: one entry per group, and per task that waited since the last add from zero.
// One object is for one thread.
class WaitGroupUse {
 public:
  explicit WaitGroupUse(const HappensBefore& order) : order_(order) {}
  void observe(const Step& step) {
    if (step.event.op != trace::Op::access_range) look_at(step);  // most steps are plain accesses
  }
  // One per pair of places, in order of discovery: `where` is the add, `other` the wait.
  const std::vector<MisuseCandidate>& candidates() const { return found_; }

 private:
  struct Actor {
    TaskId task = no_task;
    Epoch epoch;
    Site where;
  };
  struct Group {
    std::int64_t count = 0;
    Actor raised;                             // the last add from zero
    std::vector<Actor> waited;                // waits that returned since; one per task
    std::unordered_map<TaskId, Actor> waits;  // tasks that wait, as they were when they began
  };

  void look_at(const Step& step);
  Actor actor(const Step& step) const;
  void add(Group& group, const Step& step);
  void begin(const Group& group, const Step& step);
  void pass(Group& group, const Step& step);
  void report(std::uint64_t object, const Actor& adder, const Actor& waiter);

  const HappensBefore& order_;
  std::unordered_map<std::uint64_t, Group> groups_;
  std::vector<MisuseCandidate> found_;
  std::map<std::tuple<std::uint64_t, StackId, std::uint64_t, StackId>, std::size_t> places_;
  bool blind_ = false;  // events were lost: no count is known any more
};

}  // namespace tenter::analysis
