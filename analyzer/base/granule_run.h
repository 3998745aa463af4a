// Which neighbouring granules of a page have one history, which is kept once then. Large arrays are accessed in ranges, again and
// again in the same ones.
#pragma once
#include <algorithm>
#include <cstdint>

namespace tenter::analysis {

struct GranuleRun {
  // Shorter runs are not worth their keep.
  static constexpr unsigned shortest = 16;

  std::uint8_t begin = 0, end = 0;  // by their numbers in the page; both 0: there is no run

  static GranuleRun of(unsigned begin, unsigned end) {
    if (begin + shortest > end) return {};
    return {static_cast<std::uint8_t>(begin), static_cast<std::uint8_t>(end)};
  }
  explicit operator bool() const { return end != 0; }
  bool contains(unsigned granule) const { return begin <= granule && granule < end; }
  bool overlaps(unsigned from, unsigned to) const { return begin < to && from < end; }
  bool lies_in(unsigned from, unsigned to) const { return from <= begin && end <= to; }
  // What remains of it when those outside [from, to) leave it.
  GranuleRun within(unsigned from, unsigned to) const {
    return of(std::max<unsigned>(begin, from), std::min<unsigned>(end, to));
  }
  // What remains of it when those in [from, to), which overlaps it, leave it: the longer one of the two ends, so that each granule
  // leaves a run once however the memory is walked through.
  GranuleRun without(unsigned from, unsigned to) const {
    const unsigned before = from > begin ? from - begin : 0;
    const unsigned behind = end > to ? end - to : 0;
    return before >= behind ? of(begin, begin + before) : of(to, end);
  }
};

}  // namespace tenter::analysis
