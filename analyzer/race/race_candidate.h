// What the race detector says: two conflicting accesses that nothing orders.
#pragma once
#include <cstdint>

#include "order/world.h"

namespace tenter::analysis {

enum class AccessKind : std::uint8_t { read, write, atomic_read, atomic_write, free };

struct Access {
  TaskId task = no_task;
  AccessKind kind{};
  bool vptr = false;
  std::uint64_t address = 0;
  std::uint64_t size = 0;
  Site where;
  LockSetId held = no_locks;
};

// A race has no earlier side, so its sides are not first and second; `left` was merely observed before `right`.
struct RaceCandidate {
  Access left, right;
  Block block;              // the live block that holds the address; size 0 where none is known
  std::uint64_t count = 1;  // how often this pair of places raced
  bool both_ways = false;   // each of the two places was the later one at some time
};

}  // namespace tenter::analysis
