// GranuleTable keeps a Cell for every granule of the program's memory that was asked for. The cells of 512 bytes of memory lie in a
// row, in the order of their addresses, so that one look at a cell waits for one line of memory: what leads there is 1/64 of the
// memory that the program touched, and stays in the processor's caches. Granules of a row that were always visited together have one
// cell for all, until one of them is asked for.
//
//   struct Keeper {
//     struct Cell { ... };
//     static constexpr bool keeps_runs = true;     // may several granules have one cell?
//     bool knows(const Cell&);                     // is it not Cell()?
//     Cell copy(const Cell&);                      // for another granule; not needed without runs
//     void forget(Cell&);                          // it is to be Cell() again
//   };
//   GranuleTable<Keeper> cells(keeper);
//   cells.at(address).count++;                       // a new cell is Cell()
//   cells.visit(begin, end, [](Cell& cell, std::uint8_t mask) { ... });
//   cells.forget(begin, size, [&](Cell& cell, unsigned granules) { keeper.forget(cell); });
//
// A Cell is trivially destructible. Not thread-safe; const functions may be called from several threads.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/chunks.h"
#include "base/granule.h"
#include "base/granule_run.h"

namespace tenter::analysis {

template <class Keeper>
class GranuleTable {
 public:
  using Cell = typename Keeper::Cell;

  explicit GranuleTable(Keeper& keeper) : keeper_(keeper) {}

  // That granule's alone.
  Cell& at(std::uint64_t address) {
    Place& place = place_of(address);
    const unsigned cell = cell_in_row(address);
    return place.is_plain() ? (*place.row())[cell] : own_cell(place, cell);
  }
  // Calls f(cell, mask) for the granules of [begin, end), in the order of their addresses, with the bytes of each that lie there. Where
  // they have one cell it is called once.
  template <class F>
  void visit(std::uint64_t begin, std::uint64_t end, F f) {
    while (begin < end) {
      const std::uint64_t base = begin & ~(row_bytes - 1);
      const std::uint64_t stop = end - base < row_bytes ? end : base + row_bytes;
      visit_in_row(base, begin, stop, f);
      begin = stop;
    }
  }
  // That cell will be asked for soon.
  void prefetch(std::uint64_t address) const {
    const std::uint64_t number = address >> region_bits;
    const Cached& cached = cached_[number % cached_.size()];
    if (cached.number != number) return;
    const Place place = cached.region->places[row_in_region(address)];
    if (place.is_plain()) __builtin_prefetch(&(*place.row())[cell_in_row(address)], 1);
  }

  // Calls f(cell, granules) for every cell that lies in part or as a whole in [begin, begin + size) and in the same row as one that was
  // asked for, in the order of their addresses. It is to make each Cell() again. Granules that have one cell are told of at once.
  template <class F>
  void forget(std::uint64_t begin, std::uint64_t size, F f) {
    for_each_place(begin, size,
                   [&](Place& place, unsigned from, unsigned until) { forget_in_row(place, from, until, f); });
  }
  // All, in no particular order.
  template <class F>
  void for_each(F f) const {
    for (std::size_t i = 0; i < rows_.size(); ++i)
      for (const Cell& cell : rows_[i]) f(cell);
    for (std::size_t i = 0; i < run_rows_.size(); ++i) f(run_rows_[i].cell);
  }
  // For which there is memory.
  std::size_t cells() const { return rows_.size() * cells_a_row + run_rows_.size(); }

 private:
  static constexpr unsigned granule_bits = 3, row_bits = 9, region_bits = 20;  // of an address
  static constexpr std::uint64_t row_bytes = std::uint64_t{1} << row_bits;
  static constexpr unsigned cells_a_row = 1u << (row_bits - granule_bits);
  static constexpr unsigned rows_a_region = 1u << (region_bits - row_bits);
  using Row = std::array<Cell, cells_a_row>;
  // A row of which some granules have one cell. It has no other use, and their own cells are empty.
  struct RunRow {
    Cell cell;
    GranuleRun run;
    Row* own = nullptr;  // null until another granule of the row is asked for
  };
  // What there is of 512 bytes: nothing, a Row, or a RunRow.
  class Place {
   public:
    Place() = default;
    explicit Place(Row* row) : bits_(row != nullptr ? reinterpret_cast<std::uintptr_t>(row) : other_) {}
    explicit Place(RunRow* row) : bits_(reinterpret_cast<std::uintptr_t>(row) | other_) {}
    bool is_plain() const { return (bits_ & other_) == 0; }
    Row* row() const { return reinterpret_cast<Row*>(bits_); }
    // Of a place that is not plain; null: nothing.
    RunRow* run_row() const { return reinterpret_cast<RunRow*>(bits_ & ~other_); }

   private:
    static constexpr std::uintptr_t other_ = 1;
    std::uintptr_t bits_ = other_;
  };
  struct Region {
    std::array<Place, rows_a_region> places;
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

  Place& place_of(std::uint64_t address) {
    const std::uint64_t number = address >> region_bits;
    Cached& cached = cached_[number % cached_.size()];
    if (cached.number != number) find_region(number, cached);
    return cached.region->places[row_in_region(address)];
  }
  [[gnu::noinline]] void find_region(std::uint64_t number, Cached& cached) {
    std::unique_ptr<Region>& found = regions_[number];
    if (!found) found = std::make_unique<Region>();
    cached = {number, found.get()};
  }
  template <class T>
  static T* take(Chunks<T>& all, std::vector<T*>& unused) {
    if (unused.empty()) {
      all.push_back(T());
      return &all[all.size() - 1];
    }
    T* const taken = unused.back();
    unused.pop_back();
    return taken;
  }
  Row* take_row() { return take(rows_, unused_rows_); }

  // ---- granules with one cell ------------------------------------------------------------------------------------------

  [[gnu::noinline]] Cell& own_cell(Place& place, unsigned cell) {
    if (place.run_row() != nullptr) leave_run(place, cell, cell + 1);
    if (place.is_plain()) return (*place.row())[cell];
    RunRow* const with_run = place.run_row();
    if (with_run == nullptr) {
      place = Place(take_row());
      return (*place.row())[cell];
    }
    if (with_run->own == nullptr) with_run->own = take_row();
    return (*with_run->own)[cell];
  }
  void leave_run(Place& place, unsigned from, unsigned to) {
    if constexpr (Keeper::keeps_runs) {
      const GranuleRun run = place.run_row()->run;
      if (run.overlaps(from, to)) narrow_run(place, run.without(from, to));
    }
  }
  // The granules that are in the row's run and not in `left`, a part of it, get cells of their own.
  void narrow_run(Place& place, GranuleRun left) {
    RunRow& row = *place.run_row();
    for (unsigned i = row.run.begin; i < row.run.end; ++i) {
      if (left.contains(i)) continue;
      if (row.own == nullptr) row.own = take_row();
      (*row.own)[i] = keeper_.copy(row.cell);
    }
    row.run = left;
    if (!left) drop_run(place);
  }
  void drop_run(Place& place) {
    RunRow* const row = place.run_row();
    keeper_.forget(row->cell);
    place = Place(row->own);
    *row = RunRow();
    unused_run_rows_.push_back(row);
  }
  // A run that lies in [from, to), if the granules there can have one. Null otherwise.
  RunRow* run_within(Place& place, unsigned from, unsigned to) {
    Row* own = nullptr;
    if (place.is_plain()) {
      own = place.row();
      if (std::any_of(own->begin() + from, own->begin() + to, [&](const Cell& cell) { return keeper_.knows(cell); }))
        return nullptr;
    } else if (RunRow* const row = place.run_row()) {
      const GranuleRun left = row->run.within(from, to);
      if (left) {
        narrow_run(place, left);
        return row;
      }
      leave_run(place, from, to);
      return nullptr;
    }
    RunRow* const made = take(run_rows_, unused_run_rows_);
    made->run = GranuleRun::of(from, to);
    made->own = own;
    place = Place(made);
    return made;
  }

  template <class F>
  void visit_in_row(std::uint64_t base, std::uint64_t begin, std::uint64_t end, F& f) {
    auto i = static_cast<unsigned>(begin - base) / 8;
    if constexpr (Keeper::keeps_runs) {
      const auto from = static_cast<unsigned>(begin - base + 7) / 8, to = static_cast<unsigned>(end - base) / 8;
      RunRow* const row = GranuleRun::of(from, to) ? run_within(place_of(base), from, to) : nullptr;
      if (row != nullptr) {
        const GranuleRun run = row->run;
        for (; i < run.begin; ++i) visit_one(base + i * 8u, begin, end, f);
        f(row->cell, std::uint8_t{0xff});
        i = run.end;
      }
    }
    for (; base + i * 8u < end; ++i) visit_one(base + i * 8u, begin, end, f);
  }
  template <class F>
  void visit_one(std::uint64_t granule, std::uint64_t begin, std::uint64_t end, F& f) {
    f(at(granule), granule_mask(granule, begin, end));
  }

  // ---- memory that is given back ---------------------------------------------------------------------------------------

  template <class F>
  void forget_in_row(Place& place, unsigned from, unsigned until, F& f) {
    if (!place.is_plain()) {
      RunRow* const row = place.run_row();
      if (row == nullptr) return;
      const GranuleRun run = row->run;
      const auto forget_own = [&](unsigned begin, unsigned end) {
        for (unsigned i = begin; row->own != nullptr && i < end; ++i) f((*row->own)[i], 1u);
      };
      if (!run.overlaps(from, until)) return forget_own(from, until);
      if (run.lies_in(from, until)) {
        forget_own(from, run.begin);
        f(row->cell, static_cast<unsigned>(run.end - run.begin));
        forget_own(run.end, until);
        drop_run(place);
      } else {
        leave_run(place, from, until);
        return forget_in_row(place, from, until, f);
      }
    } else {
      for (unsigned i = from; i < until; ++i) f((*place.row())[i], 1u);
    }
    if (from != 0 || until != cells_a_row || !place.is_plain()) return;
    unused_rows_.push_back(place.row());
    place = Place();
  }

  // Calls f(place, from, until) with the numbers of the cells in each row.
  template <class F>
  void for_each_place(std::uint64_t begin, std::uint64_t size, F f) {
    if (size == 0 || size > ~begin) return;
    const std::uint64_t end = begin + size, last = (end - 1) >> region_bits;
    const auto look_through = [&](std::uint64_t number, Region& region) {
      const std::uint64_t from = std::max(begin, number << region_bits);
      const std::uint64_t until = number == last ? end - 1 : (number << region_bits) | ((1u << region_bits) - 1);
      const unsigned last_row = row_in_region(until);
      for (unsigned i = row_in_region(from); i <= last_row; ++i) {
        const unsigned first_cell = i == row_in_region(from) ? cell_in_row(from) : 0;
        f(region.places[i], first_cell, i == last_row ? cell_in_row(until) + 1 : cells_a_row);
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

  Keeper& keeper_;
  Chunks<Row> rows_;
  std::vector<Row*> unused_rows_;
  Chunks<RunRow> run_rows_;
  std::vector<RunRow*> unused_run_rows_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Region>> regions_;  // none goes away
  std::array<Cached, 256> cached_;
};

}  // namespace tenter::analysis
