// What atomic operations and fences order: ISO C++20 [intro.races], [atomics.order], [atomics.fences].
#pragma once
#include "happens_before/sync_objects.h"
#include "happens_before/task_clocks.h"
#include "read/event.h"

namespace tenter::analysis {

// SyncObject::released is what an acquire that reads the atomic's present value synchronizes with: the join of the
// clocks at the heads of the release sequences that the value belongs to.
class AtomicRules {
 public:
  // Without edges into read-modify-writes, they read from nobody: see HappensBefore::Edges.
  AtomicRules(SyncObjects& objects, bool into_read_modify_writes)
      : objects_(objects), into_read_modify_writes_(into_read_modify_writes) {}
  void operation(Task& self, const Event& event);  // a load, a store or a read-modify-write
  void fence(Task& self, trace::MemoryOrder order);

 private:
  void load_part(Task& self, SyncObject& atomic, bool acquire);
  void store_part(Task& self, SyncObject& atomic, bool release, bool reads, bool acquired);

  SyncObjects& objects_;
  const bool into_read_modify_writes_;
  VectorClock fences_;  // of the sequentially consistent fences
};

}  // namespace tenter::analysis
