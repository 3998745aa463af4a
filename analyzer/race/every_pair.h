// EveryPair finds all pairs of places that raced in memory where RaceSearch found one. RaceSearch forgets an access when a later one
// races with whatever that would race with, which is enough to find each racy byte. EveryPair remembers the last access of each task at
// each place: of two accesses of a task at one place, whoever comes later and is unordered with the first is unordered with the second.
//
//   GranuleSet racy = races.racy_granules();   // of a look at the run
//   EveryPair every_pair(order, racy);         // of another
//   order.observe(step);
//   every_pair.observe(step, meetings);
#pragma once
#include <cstdint>
#include <vector>

#include "base/flat_map.h"
#include "happens_before/happens_before.h"
#include "race/granule_set.h"
#include "race/race_search.h"

namespace tenter::analysis {

// Pairs with a free are left to RaceSearch: which of two blocks at one address an access meant is often in doubt, and the first pair says
// enough.
//
// One thread at a time.
class EveryPair {
 public:
  static constexpr std::size_t most_records = std::size_t{1} << 20;  // what comes beyond is compared and not remembered
  static constexpr std::size_t most_records_a_granule = 1024;
  static constexpr std::uint64_t most_comparisons = std::uint64_t{1} << 30;  // some twenty seconds

  EveryPair(const HappensBefore& order, const GranuleSet& watched) : order_(order), watched_(watched) {}
  // Of a step that `order` has observed. Adds the meetings of its access with earlier ones.
  void observe(const Step& step, std::vector<Meeting>& meetings);
  void observe(const Stretch& stretch, std::vector<Meeting>& meetings);

 private:
  void access(Record& now, std::uint64_t begin, std::uint64_t size, std::uint32_t number,
              std::vector<Meeting>& meetings);
  void on_alloc(const Step& step);
  void on_free(const Step& step);
  void forget(std::uint64_t begin, std::uint64_t end, bool up_to_free);

  const HappensBefore& order_;
  const GranuleSet& watched_;
  struct Remembered {
    Record record;
    std::uint8_t freed = 0;  // bytes that were freed since
  };

  FlatMap places_;  // granule + 1 -> index in lists_
  std::vector<std::vector<Remembered>> lists_;
  std::size_t records_ = 0;  // in all lists
  std::uint64_t comparisons_ = 0;
  bool all_frees_seen_ = true;
};

}  // namespace tenter::analysis
