// RaceLog keeps one RaceCandidate for each pair of places, however often the two raced. Its memory is bounded by the
// program's places and not by its run.
//
//   if (log.is_new(site, other_site, step_number)) log.keep(describe(...), step_number);
#pragma once
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "race/race_candidate.h"

namespace tenter::analysis {

class RaceLog {
 public:
  // `b` is the later. True if this pair of places was not known: then keep() it. Otherwise it is counted, once per step however many bytes overlap.
  bool is_new(Site a, Site b, std::uint64_t step_number);
  // What is_new() has just said true of.
  void keep(const RaceCandidate& candidate, std::uint64_t step_number) { found_.push_back({candidate, step_number}); }
  std::vector<RaceCandidate> candidates() const;  // in order of discovery

 private:
  struct Found {
    RaceCandidate candidate;
    std::uint64_t last_step = 0;
  };
  struct PlacePair {
    Site places[2];
    bool operator==(const PlacePair&) const = default;
  };
  struct PlacePairHash {
    std::size_t operator()(const PlacePair& pair) const;
  };
  struct Variants {
    std::uint32_t first = 0, many = 0;
  };
  void count(std::uint32_t which, Site later, std::uint64_t step_number);

  std::vector<Found> found_;
  std::unordered_map<PlacePair, std::uint32_t, PlacePairHash> at_;   // index in found_
  std::unordered_map<PlacePair, Variants, PlacePairHash> variants_;  // by code addresses alone
};

}  // namespace tenter::analysis
