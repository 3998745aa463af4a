// RaceDetector finds pairs of conflicting accesses that nothing orders in this run (happens-before;
// FastTrack's epochs, with byte-exact overlap). Memory grows with the bytes that the program touches.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "happens_before/happens_before.h"
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
};

class RaceDetector {
 public:
  RaceDetector(const World& world, const HappensBefore& order);
  ~RaceDetector();
  void observe(const Step& step);
  // One per pair of places, in order of discovery.
  std::vector<RaceCandidate> candidates() const;
  // Accesses that race with an earlier one, and the code addresses at which they happened.
  std::uint64_t racy_events() const;
  std::uint64_t racy_places() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tenter::analysis
