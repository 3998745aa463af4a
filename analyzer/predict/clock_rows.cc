#include "predict/clock_rows.h"

#include <algorithm>

namespace tenter::analysis {

std::uint32_t ClockRows::keep(std::span<const std::uint32_t> clock) {
  if (clock.empty()) return 0;
  const auto size = static_cast<std::uint32_t>(clock.size());
  if (const auto at = unused_.find(size); at != unused_.end() && !at->second.empty()) {
    const std::uint32_t number = at->second.back();
    at->second.pop_back();
    unused_words_ -= size;
    std::copy(clock.begin(), clock.end(), words_.begin() + static_cast<std::ptrdiff_t>(rows_[number].begin));
    return number;
  }
  rows_.push_back({words_.size(), size});
  words_.insert(words_.end(), clock.begin(), clock.end());
  return static_cast<std::uint32_t>(rows_.size() - 1);
}

void ClockRows::keep_only(const std::vector<bool>& marked) {
  unused_.clear();
  unused_words_ = 0;
  for (std::uint32_t number = 1; number < rows_.size(); ++number) {
    if (marked[number]) continue;
    unused_[rows_[number].size].push_back(number);
    unused_words_ += rows_[number].size;
  }
}

}  // namespace tenter::analysis
