// What the race detector says: two conflicting accesses that nothing orders.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "order/witness.h"
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
  // The memory was given out anew after the two, and nothing orders this side before that: it may have been an access to
  // the later block. An unset flag is certainty that both sides meant the same block, or one that nobody freed.
  bool left_in_doubt = false, right_in_doubt = false;
  std::vector<TaskId> given_to;       // who had the later block, or one of the later blocks
  bool races_with_owner = false;      // a side in doubt raced with them in another way than by a free
  bool predicted = false;             // another order of this run's steps shows it, and this run does not
  std::vector<std::string> found_by;  // analyses
  std::optional<Witness> witness;
};

// Leaves out the candidates with a side in doubt whose place races without doubt too, and the uses of freed memory in doubt
// by a task that races with the later block's owner in other ways: whoever reaches a block through a pointer that nobody
// ordered races with the block's owner, over that pointer at least, and with the memory's former owners for nothing.
void drop_doubtful(std::vector<RaceCandidate>& races);

}  // namespace tenter::analysis
