// FeasibleMemory leads a step through Feasibility, and what it does to memory to a Keeper, who keeps for every granule of 8 bytes which
// steps wrote it last, and whatever else it likes.
//
//   struct Keeper : Feasibility::Listener {
//     struct Cell { ... };                         // of a granule; Cell() where nothing happened
//     bool knows(const Cell&);                     // is it not Cell()?
//     void see(Cell&, std::uint8_t mask);          // requires who wrote those bytes last
//     void note(Cell&, const Touch&);              // the step touches it, and has its place
//     void access(Cell&, const Touch&);            // see(), if it reads; arrive(); note()
//     void free(Cell&);                            // the step frees it, and has its place. It is forgotten next
//     void freed();                                // that were all that it frees
//     void forget(Cell&);                          // other memory lies there from now on: it is to be Cell() again
//     ...                                          // and what GranuleTable asks for
//   };
//   FeasibleMemory<Keeper> memory(order, keeper);
//   memory.observe(step);
//
// Not thread-safe.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/flat_map.h"
#include "base/granule.h"
#include "order/step.h"
#include "predict/feasibility.h"
#include "predict/granule_table.h"

namespace tenter::analysis {

struct Touch {
  std::uint8_t mask = 0;  // bytes of the granule
  bool reads = false, writes = false, atomic = false;
};

template <class Keeper>
class FeasibleMemory {
 public:
  FeasibleMemory(Feasibility& order, Keeper& keeper) : order_(order), keeper_(keeper) {}

  void observe(const Step& step) {
    order_.begin(step);
    const Event& event = step.event;
    if (event.soon != 0) cells_.prefetch(event.soon);
    switch (event.op) {
      case trace::Op::access_range: {
        const bool writes = is_write(event);
        return access(event.object, event.value, {.reads = !writes, .writes = writes});
      }
      case trace::Op::atomic_load: return access(event.object, event.arg, {.reads = true, .atomic = true});
      case trace::Op::atomic_store: return access(event.object, event.arg, {.writes = true, .atomic = true});
      case trace::Op::atomic_rmw:
        return access(event.object, event.arg, {.reads = true, .writes = true, .atomic = true});
      case trace::Op::alloc: return on_alloc(event);
      case trace::Op::free: return on_free(event);
      default: return order_.synchronize();
    }
  }
  // A step of a stretch.
  void observe(const PlainAccess& step) {
    if (step.soon != 0) cells_.prefetch(step.soon);
    access(step.address, step.size, {.reads = !step.writes, .writes = step.writes});
  }
  const GranuleTable<Keeper>& cells() const { return cells_; }

 private:
  using Cell = typename Keeper::Cell;
  // Of what memory a freed block's accesses lay in, so much is remembered as freed.
  static constexpr std::size_t max_freed_cells = 64;
  static constexpr std::uint64_t nowhere = ~std::uint64_t{0};

  [[gnu::always_inline]] void access(std::uint64_t address, std::uint64_t size, Touch touch) {
    if (!lies_in_one_granule(address, size)) return access_many(address, size, touch);
    touch.mask = mask_in_granule(address, size);
    keeper_.access(cells_.at(address), touch);
  }
  [[gnu::noinline]] void access_many(std::uint64_t address, std::uint64_t size, Touch touch) {
    if (size == 0) return;
    if (touch.reads)
      cells_.visit(address, address + size, [&](Cell& cell, std::uint8_t mask) { keeper_.see(cell, mask); });
    order_.arrive();
    cells_.visit(address, address + size, [&](Cell& cell, std::uint8_t mask) {
      touch.mask = mask;
      keeper_.note(cell, touch);
    });
  }

  void on_alloc(const Event& event) {
    if (event.object != nowhere) sizes_.at(event.object + 1) = event.value;
    cells_.forget(event.object, event.value, [&](Cell& cell, unsigned) {
      if (keeper_.knows(cell)) keeper_.forget(cell);
    });
    order_.forget_objects(event.object, event.value);
  }
  void on_free(const Event& event) {
    const std::uint64_t* const known = event.object != nowhere ? sizes_.find(event.object + 1) : nullptr;
    const std::uint64_t size = event.value != 0 ? event.value : known != nullptr ? *known : 0;
    const auto kind = static_cast<trace::MemoryKind>(event.arg);
    const bool accesses = kind == trace::MemoryKind::heap || kind == trace::MemoryKind::mapping;
    std::size_t freed = 0;
    cells_.forget(event.object, size, [&](Cell& cell, unsigned granules) {
      if (!keeper_.knows(cell)) return;
      if (accesses && freed < max_freed_cells) {
        if (freed == 0) order_.arrive();
        freed += granules;
        keeper_.free(cell);
      }
      keeper_.forget(cell);
    });
    if (freed == 0) order_.other();
    else keeper_.freed();
    order_.forget_objects(event.object, size);
    if (known != nullptr) sizes_.erase(event.object + 1);
  }

  Feasibility& order_;
  Keeper& keeper_;
  GranuleTable<Keeper> cells_{keeper_};
  FlatMapTo<std::uint64_t> sizes_;  // of blocks, by where they begin, plus one
};

}  // namespace tenter::analysis
