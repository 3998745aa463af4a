// GranuleSet is a set of granules, most of which lie side by side if there are many.
//
//   GranuleSet racy;
//   racy.insert(0x1008);
//   racy.for_each_in(0x1000, 0x1400, [](std::uint64_t granule) { ... });   // called with 0x1008
#pragma once
#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "base/flat_map.h"

namespace tenter::analysis {

class GranuleSet {
 public:
  bool empty() const { return words_.empty(); }
  void insert(std::uint64_t granule) {
    const auto next = static_cast<std::uint32_t>(words_.size());
    const std::uint32_t place = places_.at(key_of(granule), next);
    if (place == next) words_.push_back(0);
    words_[place] |= bit_of(granule);
  }
  // Calls f(granule) for each that has a byte in [begin, end).
  template <class F>
  void for_each_in(std::uint64_t begin, std::uint64_t end, F f) const {
    if (begin >= end) return;
    const std::uint64_t first = key_of(begin), last = key_of(end - 1);
    const auto tell = [&](std::uint64_t key, std::uint32_t place) {
      const std::uint64_t group = (key - 1) << group_bits;
      for (std::uint64_t left = words_[place]; left != 0; left &= left - 1) {
        const std::uint64_t granule = group + 8 * static_cast<unsigned>(std::countr_zero(left));
        if (granule + 8 > begin && granule < end) f(granule);
      }
    };
    if (last - first < words_.size()) {
      for (std::uint64_t key = first; key <= last; ++key)
        if (const std::uint32_t* const place = places_.find(key)) tell(key, *place);
      return;
    }
    std::vector<std::uint64_t> keys;
    places_.for_each([&](std::uint64_t key, std::uint32_t) {
      if (first <= key && key <= last) keys.push_back(key);
    });
    std::ranges::sort(keys);
    for (const std::uint64_t key : keys) tell(key, *places_.find(key));
  }

 private:
  static constexpr unsigned group_bits = 9;  // 64 granules
  static std::uint64_t key_of(std::uint64_t address) { return (address >> group_bits) + 1; }
  static std::uint64_t bit_of(std::uint64_t granule) { return std::uint64_t{1} << (granule >> 3 & 63); }

  FlatMap places_;  // key of a group -> index in words_
  std::vector<std::uint64_t> words_;
};

}  // namespace tenter::analysis
