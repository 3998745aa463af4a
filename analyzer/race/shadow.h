// Shadow remembers, for every granule of 8 bytes, the accesses that a later access could race with.
//
// A page of the shadow stands for 1 KiB of the program and exists only where the program was seen to touch
// memory. A granule's records are a short list, newest first, whose head is inline; a granule that many tasks
// access at once has its records sorted by kind instead (Crowd).
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/chunks.h"
#include "base/flat_map.h"
#include "base/granule.h"
#include "base/granule_run.h"
#include "base/ids.h"
#include "order/world.h"

namespace tenter::analysis {

// Free is last and counts as a write; see is_write() and is_atomic().
enum class ShadowKind : std::uint8_t { read, atomic_read, atomic_write, write, free };
constexpr unsigned shadow_kinds = 5;
constexpr bool is_write(ShadowKind kind) { return kind >= ShadowKind::atomic_write; }
constexpr bool is_atomic(ShadowKind kind) {
  return kind == ShadowKind::atomic_read || kind == ShadowKind::atomic_write;
}

// What is said of every pair of kinds, a bit for each: it is asked several times of each access, with answers that no processor foresees.
class KindPairs {
 public:
  template <class F>
  explicit consteval KindPairs(F f) {
    for (unsigned a = 0; a < shadow_kinds; ++a)
      for (unsigned b = 0; b < shadow_kinds; ++b)
        if (f(static_cast<ShadowKind>(a), static_cast<ShadowKind>(b))) bits_ |= std::uint64_t{1} << (a * 8 + b);
  }
  constexpr bool operator()(ShadowKind a, ShadowKind b) const {
    return (bits_ >> (static_cast<unsigned>(a) * 8 + static_cast<unsigned>(b)) & 1) != 0;
  }

 private:
  std::uint64_t bits_ = 0;
};
// May two accesses of these kinds race (C++20 [intro.races]/21)?
inline constexpr KindPairs conflict([](ShadowKind a, ShadowKind b) {
  return (is_write(a) || is_write(b)) && !(is_atomic(a) && is_atomic(b));
});
// covers(strong, weak): whatever conflicts with `weak` conflicts with `strong` too. A free is kept for what it says of the block beside.
inline constexpr KindPairs covers([](ShadowKind strong, ShadowKind weak) {
  return (weak != ShadowKind::free || strong == ShadowKind::free) && (is_write(strong) || !is_write(weak)) &&
         (!is_atomic(strong) || is_atomic(weak));
});
// stands_for(strong, weak): an access of kind `weak` need not be remembered beside one of kind `strong` of the same epoch. What follows
// a free is not forgotten with it.
inline constexpr KindPairs stands_for([](ShadowKind strong, ShadowKind weak) {
  return covers(strong, weak) && (strong != ShadowKind::free || weak == ShadowKind::free);
});

struct Record {
  std::uint32_t task = 0;
  std::uint32_t count = 0;    // of the task's epoch
  std::uint32_t callers = 0;  // StackId
  std::uint32_t held = 0;     // LockSetId
  std::uint32_t pc_low = 0;
  std::uint16_t pc_high = 0;
  std::uint16_t size = 0;  // of the whole access in bytes; 65535: at least that
  std::int16_t start = 0;  // of the whole access, counted from the granule; -32768: further back
  std::uint8_t mask = 0;   // bytes of the granule that it touched and nothing newer covers; 0: no record
  std::uint8_t bits = 0;   // kind:3 | vptr:1 | raced:1 | in_threads_own:1

  ShadowKind kind() const { return static_cast<ShadowKind>(bits & 7u); }
  bool vptr() const { return (bits & 8u) != 0; }
  bool raced() const { return (bits & 16u) != 0; }
  void set_raced() { bits |= 16u; }
  bool in_threads_own() const { return (bits & 32u) != 0; }
  void set_bits(ShadowKind kind, bool vptr, bool in_threads_own) {
    bits = static_cast<std::uint8_t>(static_cast<unsigned>(kind) | (vptr ? 8u : 0u) | (in_threads_own ? 32u : 0u));
  }
  std::uint64_t begin_of_access(std::uint64_t granule) const {
    return start == -32768 ? granule : granule + static_cast<std::uint64_t>(std::int64_t{start});
  }
  void set_start(std::uint64_t begin, std::uint64_t granule) {
    const auto from = static_cast<std::int64_t>(begin - granule);
    start = static_cast<std::int16_t>(from < -32767 ? -32768 : from);
  }
  std::uint64_t pc() const { return std::uint64_t{pc_high} << 32 | pc_low; }
  void set_pc(std::uint64_t pc) {
    pc_low = static_cast<std::uint32_t>(pc);
    pc_high = static_cast<std::uint16_t>(pc >> 32);
  }
};
static_assert(sizeof(Record) == 28, "a granule's cell is a record and a link in 32 bytes");

struct Cell {
  Record head;             // mask 0: empty, and then there is no chain either
  std::uint32_t more = 0;  // index of the next older cell in the pool; with crowd_bit: of a Crowd; 0: none
};
static_assert(sizeof(Cell) == 32);
constexpr std::uint32_t crowd_bit = 1u << 31;

// The records of a granule that many tasks access, one list per kind. What is superseded is thrown out when a list
// has doubled, so that an access costs what it conflicts with and not what is there.
struct Crowd {
  struct List {
    std::vector<Record> records;
    std::unordered_map<std::uint32_t, std::uint32_t> newest_of;  // task -> index in records
    std::size_t sweep_at = 32;
    void index_again();
  };
  std::array<List, shadow_kinds> lists;
  std::size_t size() const;
};

class Shadow {
 public:
  static constexpr unsigned granule_bits = 3;
  static constexpr unsigned page_bits = 10;
  static constexpr std::uint64_t page_size_bytes = std::uint64_t{1} << page_bits;
  static constexpr unsigned cells_a_page = 1u << (page_bits - granule_bits);

  struct Page {
    Cell* cells = nullptr;  // null until something in the page is accessed by itself
    // Those granules have one history: `run` is the cell of the first, and those of the others would differ only in where an access
    // began. Their own cells are empty.
    GranuleRun in_run;
    Record freed;  // mask not 0: the whole page was freed; newer than anything in cells it conflicts with
    std::uint64_t freed_block = 0;  // where the freed block began
    std::uint64_t number = 0;
    Cell run;

    bool is_used() const { return cells != nullptr || in_run; }
  };

  Shadow();
  // Null where the page does not exist.
  Page* find_page(std::uint64_t number) {
    Cached& cached = cache_[number % cache_.size()];
    if (cached.number == number) return cached.page;
    return find_page_slowly(number, cached);
  }
  Page& page(std::uint64_t number) {
    Page* found = find_page(number);
    return found != nullptr ? *found : make_page(number);
  }
  // Of a granule that is not of the page's run.
  Cell& cell(Page& page, std::uint64_t address) {
    if (!page.cells) make_cells(page);
    return page.cells[(address >> granule_bits) % cells_a_page];
  }
  // The address's cell will be asked for soon, and with it, where it has one, the next older record: that can be fetched only when
  // the cell has come, which is to be expected some calls later.
  void prefetch(std::uint64_t address) {
    const Page* const found = find_page(address >> page_bits);
    const Cell* cell = nullptr;
    if (found != nullptr && found->cells) {
      cell = &found->cells[(address >> granule_bits) % cells_a_page];
      __builtin_prefetch(cell, 1);
    }
    const Cell* const come = std::exchange(on_its_way_[next_on_its_way_++ % on_its_way_.size()], cell);
    if (come != nullptr && come->more != 0 && (come->more & crowd_bit) == 0) __builtin_prefetch(&pool_[come->more], 1);
  }
  // Forgets what was recorded of the bytes [begin, begin + size).
  void forget(std::uint64_t begin, std::uint64_t size);
  // The same, up to the last time that each byte was freed: what came later is of the block that is now given out there.
  void forget_freed(std::uint64_t begin, std::uint64_t size);
  // Drops the cells of a page of which only `freed` still matters.
  void drop_cells(Page& page);
  // Have the granules [from, to) of the page no record? There is no run.
  static bool are_empty(const Page& page, unsigned from, unsigned to);
  // The granules that are in the run and not in `left`, a part of it, get cells of their own.
  void narrow_run(Page& page, GranuleRun left);
  // The granules of [begin, end), which overlaps the page, get cells of their own.
  void leave_run(Page& page, std::uint64_t begin, std::uint64_t end) {
    if (page.in_run) cut_run(page, begin, end);
  }
  // Calls f(page) for every page that lies in part or as a whole in [begin, end), in the order of their addresses.
  template <class F>
  void for_each_page(std::uint64_t begin, std::uint64_t end, F f);

  // The older records of a cell.
  Cell& older(std::uint32_t link) { return pool_[link]; }
  std::uint32_t take_cell();
  void give_cell(std::uint32_t link) {
    older(link) = Cell();
    unused_cells_.push_back(link);
  }
  Crowd& crowd(std::uint32_t link) { return *crowds_[link & ~crowd_bit]; }
  std::uint32_t make_crowd();
  void give_crowd(std::uint32_t link);
  // Empties the cell and gives back what it refers to.
  void clear(Cell& cell);

  std::size_t pages() const { return numbers_.size(); }

 private:
  struct Cached {
    std::uint64_t number = ~std::uint64_t{0};
    Page* page = nullptr;
  };
  struct Row {
    Cell cells[cells_a_page];
  };

  Page* find_page_slowly(std::uint64_t number, Cached& cached);
  Page& make_page(std::uint64_t number);
  void make_cells(Page& page);
  void remove_page(Page& page);
  void drop_run(Page& page);
  void cut_run(Page& page, std::uint64_t begin, std::uint64_t end);
  void leave_run_to_cell(Page& page, unsigned number);
  static bool run_is_within(const Page& page, std::uint64_t begin, std::uint64_t end);
  void spread_freed(Page& page);
  void drop_empty(Cell& cell);
  void forget_in_cell(Cell& cell, std::uint8_t mask);
  void forget_freed_in_cell(Cell& cell, std::uint8_t mask);

  std::array<Cached, 1024> cache_;
  FlatMap numbers_;  // page number + 1 -> index in pages_
  std::vector<std::unique_ptr<Page>> pages_;
  std::vector<std::uint32_t> unused_pages_;
  std::array<const Cell*, 4> on_its_way_{};  // of rows_, which are never given back
  std::size_t next_on_its_way_ = 0;
  Chunks<Row> rows_;
  std::vector<Cell*> spare_cells_;  // of rows_, all empty
  Chunks<Cell> pool_;               // link 0 means none
  std::vector<std::uint32_t> unused_cells_;
  std::vector<std::unique_ptr<Crowd>> crowds_;
  std::vector<std::uint32_t> unused_crowds_;
};

template <class F>
void Shadow::for_each_page(std::uint64_t begin, std::uint64_t end, F f) {
  if (begin >= end) return;
  const std::uint64_t first = begin >> page_bits;
  const std::uint64_t last = (end - 1) >> page_bits;
  if (last - first <= numbers_.size()) {
    for (std::uint64_t number = first; number <= last; ++number) {
      if (Page* found = find_page(number)) f(*found);
    }
    return;
  }
  std::vector<Page*> hit;
  numbers_.for_each([&](std::uint64_t key, std::uint32_t place) {
    if (first <= key - 1 && key - 1 <= last) hit.push_back(pages_[place].get());
  });
  std::ranges::sort(hit, {}, &Page::number);
  for (Page* found : hit) f(*found);
}

}  // namespace tenter::analysis
