// RaceDetector finds pairs of conflicting accesses that nothing orders in this run (happens-before;
// FastTrack's epochs, with byte-exact overlap). Memory grows with the bytes that the program touches.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "happens_before/happens_before.h"
#include "order/world.h"
#include "race/race_candidate.h"

namespace tenter::analysis {

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
