// GranuleTable keeps a Cell for every granule of the program's memory that was asked for. The cells of 512 bytes of memory lie in a
// row, in the order of their addresses, so that one look at a cell waits for one line of memory: what leads there is 1/64 of the
// memory that the program touched, and stays in the processor's caches.
//
//   GranuleTable<Cell> cells;
//   cells.at(address).count++;                       // a new cell is Cell()
//   cells.forget(begin, size, [](Cell& cell) { cell = Cell(); });
//
// A Cell is trivially destructible. Not thread-safe; const functions may be called from several threads.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/chunks.h"

namespace tenter::analysis {

template <class Cell>
class GranuleTable {
 public:
  Cell& at(std::uint64_t address) {
    Row*& row = region(address >> region_bits).rows[row_in_region(address)];
    if (row == nullptr) row = take_row();
    return (*row)[cell_in_row(address)];
  }
  // That cell will be asked for soon.
  void prefetch(std::uint64_t address) const {
    const std::uint64_t number = address >> region_bits;
    const Cached& cached = cached_[number % cached_.size()];
    if (cached.number != number) return;
    if (const Row* const row = cached.region->rows[row_in_region(address)]) {
      __builtin_prefetch(&(*row)[cell_in_row(address)], 1);
    }
  }

  // Calls f(cell) for every cell that lies in part or as a whole in [begin, begin + size) and in the same row as one that was asked
  // for, in the order of their addresses. It is to make each Cell() again.
  template <class F>
  void forget(std::uint64_t begin, std::uint64_t size, F f) {
    for_each_row(begin, size, [&](Row*& row, unsigned from, unsigned until) {
      for (unsigned i = from; i < until; ++i) f((*row)[i]);
      if (from != 0 || until != cells_a_row) return;
      unused_.push_back(row);
      row = nullptr;
    });
  }
  // All, in no particular order.
  template <class F>
  void for_each(F f) const {
    for (std::size_t i = 0; i < rows_.size(); ++i)
      for (const Cell& cell : rows_[i]) f(cell);
  }
  // For which there is memory.
  std::size_t cells() const { return rows_.size() * cells_a_row; }

 private:
  static constexpr unsigned granule_bits = 3, row_bits = 9, region_bits = 20;  // of an address
  static constexpr unsigned cells_a_row = 1u << (row_bits - granule_bits);
  static constexpr unsigned rows_a_region = 1u << (region_bits - row_bits);
  using Row = std::array<Cell, cells_a_row>;
  struct Region {
    std::array<Row*, rows_a_region> rows{};
  };
  struct Cached {
    std::uint64_t number = ~std::uint64_t{0};
    Region* region = nullptr;
  };
  static unsigned row_in_region(std::uint64_t address) {
    return static_cast<unsigned>(address >> row_bits) % rows_a_region;
  }
  static unsigned cell_in_row(std::uint64_t address) {
    return static_cast<unsigned>(address >> granule_bits) % cells_a_row;
  }

  Region& region(std::uint64_t number) {
    Cached& cached = cached_[number % cached_.size()];
    if (cached.number != number) find_region(number, cached);
    return *cached.region;
  }
  [[gnu::noinline]] void find_region(std::uint64_t number, Cached& cached) {
    std::unique_ptr<Region>& found = regions_[number];
    if (!found) found = std::make_unique<Region>();
    cached = {number, found.get()};
  }
  [[gnu::noinline]] Row* take_row() {
    if (unused_.empty()) {
      rows_.push_back(Row());
      return &rows_[rows_.size() - 1];
    }
    Row* const row = unused_.back();
    unused_.pop_back();
    return row;
  }

  // Calls f(row, from, until) with the places of the cells in each row.
  template <class F>
  void for_each_row(std::uint64_t begin, std::uint64_t size, F f) {
    if (size == 0 || size > ~begin) return;
    const std::uint64_t end = begin + size, last = (end - 1) >> region_bits;
    const auto look_through = [&](std::uint64_t number, Region& region) {
      const std::uint64_t from = std::max(begin, number << region_bits);
      const std::uint64_t until = number == last ? end - 1 : (number << region_bits) | ((1u << region_bits) - 1);
      const unsigned last_row = row_in_region(until);
      for (unsigned i = row_in_region(from); i <= last_row; ++i) {
        if (region.rows[i] == nullptr) continue;
        const unsigned first_cell = i == row_in_region(from) ? cell_in_row(from) : 0;
        f(region.rows[i], first_cell, i == last_row ? cell_in_row(until) + 1 : cells_a_row);
      }
    };
    const std::uint64_t first = begin >> region_bits;
    if (first == last) {
      const Cached& cached = cached_[first % cached_.size()];
      if (cached.number == first) return look_through(first, *cached.region);
    }
    std::vector<std::uint64_t> numbers;
    if (last - first < regions_.size()) {
      for (std::uint64_t number = first; number <= last; ++number)
        if (regions_.contains(number)) numbers.push_back(number);
    } else {
      for (const auto& [number, region] : regions_)
        if (first <= number && number <= last) numbers.push_back(number);
      std::sort(numbers.begin(), numbers.end());
    }
    for (const std::uint64_t number : numbers) look_through(number, *regions_.at(number));
  }

  Chunks<Row> rows_;
  std::vector<Row*> unused_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Region>> regions_;  // none goes away
  std::array<Cached, 256> cached_;
};

}  // namespace tenter::analysis
