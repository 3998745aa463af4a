// RaceDetector tells of each pair of places that raced in this run. It searches itself, or is told what searches of the parts of
// the memory found, and says the same then.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "happens_before/happens_before.h"
#include "order/world.h"
#include "race/granule_set.h"
#include "race/race_candidate.h"
#include "race/race_search.h"

namespace tenter::analysis {

class RaceDetector {
 public:
  RaceDetector(const World& world, const HappensBefore& order);
  ~RaceDetector();
  void observe(const Step& step);
  void observe(const Stretch& stretch);
  // Instead, where others search: the meetings that all of them found in this step, as one search would have.
  void observe(const Step& step, std::span<const Meeting> meetings);
  void observe(const Stretch& stretch, std::span<const Meeting> meetings);
  // As of RaceSearch, where this one searches itself.
  bool orders_more_than_shb(const Step& step);
  // One per pair of places, in order of discovery.
  std::vector<RaceCandidate> candidates() const;
  // Accesses that race with an earlier one, and the code addresses at which they happened.
  std::uint64_t racy_events() const;
  std::uint64_t racy_places() const;
  // Where two accesses raced, neither of which is a free.
  const GranuleSet& racy_granules() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tenter::analysis
