// ClockRows keeps clocks, each once and never changed, by number. How many steps of each task: 0 beyond the end.
#pragma once
#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace tenter::analysis {

class ClockRows {
 public:
  ClockRows() : rows_{{0, 0}} {}

  // Number 0 is the empty clock.
  std::span<const std::uint32_t> operator[](std::uint32_t number) const {
    return {words_.data() + rows_[number].begin, rows_[number].size};
  }
  std::uint32_t keep(std::span<const std::uint32_t> clock);
  std::size_t words() const { return words_.size(); }

  // Gives up all rows that are not marked, for others to take their place. marked[0] does not matter.
  void keep_only(const std::vector<bool>& marked);
  std::size_t size() const { return rows_.size(); }
  std::size_t unused_words() const { return unused_words_; }

 private:
  struct Row {
    std::uint64_t begin;
    std::uint32_t size;
  };
  std::vector<std::uint32_t> words_;
  std::vector<Row> rows_;
  std::map<std::uint32_t, std::vector<std::uint32_t>> unused_;  // by size
  std::size_t unused_words_ = 0;
};

}  // namespace tenter::analysis
