// ClosedIdeal is an Ideal in which critical sections keep their order: of two of one lock in it, not both shared, the earlier
// one is in it to its end (SPClosure; Mathur, Pavlogiannis and Viswanathan, POPL 2021, section 4.1). It only grows.
//
//   ClosedIdeal ideal(table);
//   ideal.add_before(left); ideal.add_before(right);
//   if (ideal.close() && !ideal.contains(left) && !ideal.contains(right)) ...   // both can be next
#pragma once
#include <algorithm>

#include "predict/ideal.h"

namespace tenter::analysis {

class ClosedIdeal {
 public:
  explicit ClosedIdeal(const TraceTable& table) : table_(table), ideal_(table), locks_(table.locks().size()) {}

  void clear() {
    ideal_.clear();
    ++walk_;
    impossible_ = false;
  }
  bool contains(std::uint32_t event) const { return ideal_.contains(event); }
  void add_before(std::uint32_t event) { ideal_.add_before(event); }
  // False: no reordering leads here or further, because a critical section that must end never did.
  bool close() {
    for (std::uint32_t acquire; !impossible_ && (acquire = ideal_.next_acquire()) != no_event;) take(acquire);
    return !impossible_;
  }
  const Frontier& frontier() const { return ideal_.frontier(); }
  std::uint64_t work() const { return ideal_.work(); }

 private:
  struct Lock {
    std::uint64_t walk = 0;
    std::uint32_t newest = 0, newest_exclusive = 0;  // 1 + the acquire; 0: none
    std::vector<std::uint32_t> open;                 // acquires that nothing in the ideal asks to end
  };

  void end(std::uint32_t acquire) {
    const std::uint32_t release = table_.events()[acquire].partner;
    if (release == no_event) impossible_ = true;
    else ideal_.add(release);
  }

  void take(std::uint32_t acquire) {
    const TableEvent& event = table_.events()[acquire];
    const bool shared = event.is(TableEvent::shared);
    Lock& lock = locks_[event.object];
    if (lock.walk != walk_) {
      lock.walk = walk_;
      lock.newest = lock.newest_exclusive = 0;
      lock.open.clear();
    }
    std::size_t kept = 0;
    for (const std::uint32_t other : lock.open) {
      const bool meets = !shared || !table_.events()[other].is(TableEvent::shared);
      if (meets && other < acquire) end(other);
      else lock.open[kept++] = other;
    }
    lock.open.resize(kept);
    const std::uint32_t later = shared ? lock.newest_exclusive : lock.newest;
    if (acquire + 1 < later) end(acquire);
    else lock.open.push_back(acquire);
    lock.newest = std::max(lock.newest, acquire + 1);
    if (!shared) lock.newest_exclusive = std::max(lock.newest_exclusive, acquire + 1);
  }

  const TraceTable& table_;
  Ideal ideal_;
  std::vector<Lock> locks_;
  std::uint64_t walk_ = 0;
  bool impossible_ = false;
};

}  // namespace tenter::analysis
