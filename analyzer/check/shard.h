// A shard is the part of a recording that one of several processes checks, each by itself; `tenter merge` joins their reports.
#pragma once
#include <cstdint>

#include "read/event.h"

namespace tenter::analysis {

// One of n parts of a recording's memory. Pages are dealt out to shards; each shard sees all synchronization.
struct Shard {
  std::uint32_t number = 1, of = 1;
  bool covers(std::uint64_t address, std::uint64_t size) const;
  // Whether the event is no access, or one to this part.
  bool watches(const Event& event) const;
};

}  // namespace tenter::analysis
