// RaceLog keeps one RaceCandidate for each pair of places, however often the two raced. Its memory is bounded by the
// program's places and not by its run.
//
//   if (log.is_wanted(site, other_site, step_number)) log.keep(describe(...), ...);
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

#include "clock/vector_clock.h"
#include "race/race_candidate.h"

namespace tenter::analysis {

class RaceLog {
 public:
  // `b` is the later. True if this pair of places was not known, or only with a side in doubt: then keep() it. Otherwise it
  // is counted, once per step however many bytes overlap.
  bool is_wanted(Site a, Site b, std::uint64_t step_number);
  // What is_wanted() has just said true of: the two sides, when they were, and the byte at which they met.
  void keep(const RaceCandidate& candidate, Epoch left, Epoch right, std::uint64_t byte, std::uint64_t step_number);
  // The memory is given out, by a task that knows so much. Candidates that lie in it are decided: with a side that is not
  // known to be earlier they are in doubt, until the same two places meet in memory that is not. No later block can matter
  // once both sides are known to be earlier.
  void give_out(std::uint64_t begin, std::uint64_t size, const VectorClock& known) {
    if (!undecided_.empty()) decide(begin, size, known);
  }
  std::vector<RaceCandidate> candidates() const;  // in order of discovery

 private:
  struct Found {
    RaceCandidate candidate;
    std::uint64_t last_step = 0;
    Epoch left, right;
    std::uint64_t byte = 0;
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
  void decide(std::uint64_t begin, std::uint64_t size, const VectorClock& known);

  static constexpr std::uint32_t unknown = ~std::uint32_t{0};
  std::uint32_t keep_at_ = unknown;  // what the next keep() replaces
  std::vector<Found> found_;
  std::multimap<std::uint64_t, std::uint32_t> undecided_;            // by byte; index in found_
  std::unordered_map<PlacePair, std::uint32_t, PlacePairHash> at_;   // index in found_
  std::unordered_map<PlacePair, Variants, PlacePairHash> variants_;  // by code addresses alone
};

}  // namespace tenter::analysis
