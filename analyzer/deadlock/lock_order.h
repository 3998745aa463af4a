// LockOrder finds cycles in the order in which tasks take locks: a deadlock that another schedule of this run could hit
// (Havelund, Using Runtime Analysis to Guide Model Checking of Java Programs, SPIN 2000; gate locks as in Bensalem and
// Havelund, Dynamic Deadlock Analysis of Multi-Threaded Programs, PADTAD 2005).
//
// A cycle is reported if each of its arcs is of another task, no two tasks hold a common lock meanwhile (a gate), every
// wanted lock is held in a way that conflicts, and no order other than that of locks themselves keeps the
// acquires apart (HappensBefore::Edges::without_locks: creation and join, channels, flags, wake-ups). Of cycles whose locks
// include those of a shorter one only the shorter is reported.
//
// A cycle of one arc is a read lock that a task takes twice: it waits for itself once a writer of another task queues
// between the two, which makes the second wait. It is reported if a writer of this run could have. The library's read-write
// mutex keeps readers out for a writer that waits; POSIX leaves that open, and glibc does it only for locks that were made
// with PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP.
//
//   LockOrder locks(world);
//   for each step: world.observe(step); locks.observe(step);
//   for (const LockCycleCandidate& cycle : locks.candidates()) ...
//
// The search stops after a fixed number of steps, shortest cycles first; exhausted() tells.
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "order/witness.h"
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
  std::vector<LockArc> arcs;                      // arc i wants what arc i+1 holds; the last wants what the first holds
  std::uint64_t count = 1;                        // how often the rarest of the arcs was seen
  std::optional<Witness> witness = std::nullopt;  // an order of the steps that runs into it; a judge has agreed
};

class LockOrder {
 public:
  // HappensBefore of the other engines knows the order that locks made in this run, which another run may turn round. What the search
  // needs is the order without them, so this one keeps clocks of its own; unless it is only to tell whether there is any cycle.
  enum class Clocks : bool { none, own };
  explicit LockOrder(const World& world, Clocks clocks = Clocks::own);
  ~LockOrder();
  void observe(const Step& step) {
    if (step.event.op != trace::Op::access_range) look_at(step);  // most steps are plain accesses
  }
  // Once all steps were observed:
  bool any_cycle() const;  // of locks, whoever takes them and when. There are no candidates if not
  std::vector<LockCycleCandidate> candidates() const;  // with clocks
  bool exhausted() const;                              // true if candidates() gave up before the end

 private:
  void look_at(const Step& step);

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tenter::analysis
