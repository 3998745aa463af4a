#include "happens_before/atomic_rules.h"

#include "happens_before/memory_orders.h"

namespace tenter::analysis {

using trace::MemoryOrder;
using trace::Op;

void AtomicRules::load_part(Task& self, SyncObject& atomic, bool acquire) {
  // C++ [atomics.order]/2: an acquire that reads from a release sequence synchronizes with its head.
  // [atomics.fences]/4: a relaxed load does so on behalf of a later acquire fence.
  const auto take = [&](const VectorClock& released) {
    if (released.empty()) return;
    if (acquire) {
      self.clock.join(released);
    } else {
      TaskClocks::seldom(self).acquired_later.join(released);
    }
  };
  take(atomic.released);
  // Of accesses of mixed sizes C++ says nothing; we let a load read from all stores that overlap it.
  if (atomic.mixed) {
    objects_.for_each_overlapping_atomic(atomic, [&](const SyncObject& other) { take(other.released); });
  }
}

void AtomicRules::store_part(Task& self, SyncObject& atomic, bool release, bool reads, bool acquired) {
  static const VectorClock nothing;
  // C++ [intro.races]/5: a release sequence is its head and the read-modify-writes that follow; any plain store, of
  // whichever task, ends it. [atomics.fences]/2,3: a store after a release fence heads a sequence for the fence.
  const VectorClock& publishes = release ? self.clock : self.seldom ? self.seldom->release_fence : nothing;
  // What it acquired of the sequence so far is in its clock.
  if (!reads || (acquired && release)) {
    atomic.released = publishes;
  } else {
    atomic.released.join(publishes);
  }
  if (atomic.mixed && !publishes.empty()) {
    objects_.for_each_overlapping_atomic(atomic, [&](SyncObject& other) { other.released.join(publishes); });
  }
}

void AtomicRules::operation(Task& self, const Event& event) {
  const bool reads = event.op != Op::atomic_store;
  const bool writes = event.op != Op::atomic_load;
  const bool acquire = reads && acquires(order_of(event)) && !(writes && !into_read_modify_writes_);
  const bool release = writes && releases(order_of(event));
  const bool two_halves = event.arg > 8;
  const SyncKind kind = event.arg >= 8   ? SyncKind::atomic8
                        : event.arg >= 4 ? SyncKind::atomic4
                        : event.arg >= 2 ? SyncKind::atomic2
                                         : SyncKind::atomic1;
  SyncObject* halves[2] = {&objects_.get(kind, event.object),
                           two_halves ? &objects_.get(kind, event.object + 8) : nullptr};
  for (SyncObject* half : halves) {
    if (half != nullptr && reads) load_part(self, *half, acquire);
  }
  for (SyncObject* half : halves) {
    if (half != nullptr && writes) store_part(self, *half, release, reads, acquire);
  }
  if (release) self.clock.tick();
}

void AtomicRules::fence(Task& self, MemoryOrder order) {
  if (acquires(order) && self.seldom) {
    self.clock.join(self.seldom->acquired_later);  // C++ [atomics.fences]/4
    self.seldom->acquired_later.clear();
  }
  if (order == MemoryOrder::seq_cst) {
    // C++ [atomics.order]/4 orders these fences totally without calling it happens-before. Programs that rely on that order
    // (Dekker's, hazard pointers) would be reported without cause, so we let it count.
    self.clock.join(fences_);
    fences_ = self.clock;
  }
  if (releases(order)) {
    TaskClocks::seldom(self).release_fence = self.clock;
    self.clock.tick();
  }
}

}  // namespace tenter::analysis
