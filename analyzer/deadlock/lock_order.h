// LockOrder finds cycles in the order in which tasks take locks: a deadlock that another schedule of this run could hit
// (Havelund, Using Runtime Analysis to Guide Model Checking of Java Programs, SPIN 2000; with gate locks and
// with cycles dropped whose acquires happens-before orders by task creation and join).
#pragma once
#include <memory>
#include <vector>

#include "happens_before/happens_before.h"
#include "order/world.h"

namespace tenter::analysis {

// One arc: a task took `wanted` while it held `held`.
struct LockArc {
  TaskId task = no_task;
  std::uint64_t held = 0, wanted = 0;
  bool held_shared = false, wanted_shared = false;
  Site held_at, wanted_at;
};
struct LockCycleCandidate {
  std::vector<LockArc> arcs;   // arc i wants what arc i+1 holds; the last wants what the first holds
  std::uint64_t count = 1;
};

class LockOrder {
 public:
  LockOrder(const World& world, const HappensBefore& order);
  ~LockOrder();
  void observe(const Step& step);
  std::vector<LockCycleCandidate> candidates() const;   // call once all steps were observed

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tenter::analysis
