// What the program did to memory, cut into granules for History, and what it did with memory as a whole: blocks that
// are given out start without history, and freeing one counts as a write to all of it.
#include "race/race_search.h"

#include <algorithm>

#include "base/chunks.h"
#include "base/flat_map.h"
#include "happens_before/memory_orders.h"
#include "race/history.h"

namespace tenter::analysis {
namespace {

constexpr std::uint64_t small_block_bytes = 64 * 1024;
constexpr std::uint64_t largest_range_bytes = std::uint64_t{1} << 28;

}  // namespace

struct RaceSearch::Impl final : History::Listener {
  Impl(const HappensBefore& the_order, MemoryPart the_part) : order(the_order), part(the_part) {}

  const HappensBefore& order;
  const MemoryPart part;
  Shadow shadow;
  History history{shadow, *this};

  // Of the current step.
  std::vector<Meeting>* meetings = nullptr;
  const VectorClock* clock = nullptr;
  TaskId clock_of = no_task;
  std::uint64_t begin = 0, size = 0;  // of the access
  std::uint64_t step_number = 0;
  std::uint32_t access_number = 0;  // of a stretch

  bool all_frees_seen = true;
  // By first address, freed ones too, until the address is used again.
  FlatMap places;  // address + 1 -> index in blocks
  Chunks<Block> blocks;

  void on_race(const Record& record, std::uint64_t granule, std::uint8_t overlap) override {
    const Record& now = history.now();
    if (record.in_threads_own() && now.in_threads_own()) return;
    Meeting& meeting = meetings->emplace_back(Meeting{record, now, granule, overlap, begin, size, {}, access_number});
    if (now.kind() == ShadowKind::free) {
      meeting.freed = block_from(begin);
    } else if (record.kind() == ShadowKind::free) {
      meeting.freed = block_from(record.begin_of_access(granule));
    }
  }
  const Block* known_block(std::uint64_t address) const {
    const std::uint32_t* const place = places.find(address + 1);
    return place != nullptr ? &blocks[*place] : nullptr;
  }
  Block block_from(std::uint64_t address) const {
    const Block* const known = known_block(address);
    return known != nullptr ? *known : Block{};
  }
  void remember(const Block& block) {
    const auto next = static_cast<std::uint32_t>(blocks.size());
    std::uint32_t& place = places.at(block.address + 1, next);
    if (place == next) {
      blocks.push_back(block);
    } else {
      blocks[place] = block;
    }
  }

  // ---- ranges ----------------------------------------------------------------------------------------------------------------
  [[gnu::always_inline]] void start(const Step& step, ShadowKind kind, std::uint64_t address, std::uint64_t bytes,
                                    bool vptr) {
    if (clock_of != step.task || clock == nullptr) {
      clock = &order.clock(step.task);
      clock_of = step.task;
    }
    Record now;
    now.task = index(step.task);
    // Only a step that is ordered itself may have moved the task on to its next epoch.
    now.count = trace::is_ordered(step.event.op) ? order.epoch(step.task).count : clock->of(step.task);
    now.callers = index(step.event.callers);
    now.held = index(step.held);
    now.set_pc(step.event.pc);
    now.size = static_cast<std::uint16_t>(std::min<std::uint64_t>(bytes, 65535));
    now.set_bits(kind, vptr, step.in_threads_own);
    history.begin(now, address, *clock, step_number);
    begin = address;
    size = bytes;
  }

  void check_freed(const Shadow::Page& page) {
    if (page.freed.mask == 0 || history.before_now(page.freed)) return;
    Record freed = page.freed;
    const std::uint64_t granule = page.number << Shadow::page_bits;
    const std::uint64_t back = granule - page.freed_block;
    freed.start = static_cast<std::int16_t>(back <= 32767 ? -static_cast<std::int64_t>(back) : -32768);
    on_race(freed, granule, 0xff);
  }

  [[gnu::always_inline]] void access(std::uint64_t address, std::uint64_t bytes) {
    const std::uint64_t granule = address & ~std::uint64_t{7};
    if (!lies_in_one_granule(address, bytes)) return access_range(granule, address + bytes);
    if (!part.has_page(granule >> Shadow::page_bits)) return;
    Shadow::Page& page = shadow.page(granule >> Shadow::page_bits);
    if (page.freed.mask != 0) [[unlikely]] { check_freed(page); }
    shadow.leave_run(page, granule, granule + 8);
    history.touch(shadow.cell(page, granule), granule, mask_in_granule(address, bytes));
  }
  [[gnu::noinline]] void access_range(std::uint64_t granule, std::uint64_t end) {
    for (std::uint64_t at = granule; at < end; at = (at | (Shadow::page_size_bytes - 1)) + 1) {
      if (!part.has_page(at >> Shadow::page_bits)) continue;
      Shadow::Page& page = shadow.page(at >> Shadow::page_bits);
      if (page.freed.mask != 0) check_freed(page);
      touch_in_page(page, at, end);
    }
  }
  // Touches the granules from `at` to the end of the page or of the access.
  void touch_in_page(Shadow::Page& page, std::uint64_t at, std::uint64_t end) {
    const std::uint64_t page_begin = page.number << Shadow::page_bits;
    const std::uint64_t stop = std::min(end, page_begin + Shadow::page_size_bytes);
    if (stop - at >= GranuleRun::shortest * 8 && touch_run(page, at, stop)) {
      const std::uint64_t run_begin = page_begin + page.in_run.begin * 8u;
      const std::uint64_t run_end = page_begin + page.in_run.end * 8u;
      touch_granules(page, at, run_begin, end);
      at = run_end;
    } else {
      shadow.leave_run(page, at, stop);
    }
    touch_granules(page, at, stop, end);
  }
  // The granules from `at` to `stop`, which is in the page.
  void touch_granules(Shadow::Page& page, std::uint64_t at, std::uint64_t stop, std::uint64_t end) {
    if (at >= stop) return;
    for (Cell* cell = &shadow.cell(page, at); at < stop; at += 8, ++cell)
      history.touch(*cell, at, granule_mask(at, begin, end));
  }
  // Large arrays are accessed in ranges, again and again in the same ones. Granules of [at, stop) that as a whole had the same
  // accesses are touched as one, and are the page's run then. False if none were. A race is told of for each granule, so they are
  // touched one by one where there is one.
  bool touch_run(Shadow::Page& page, std::uint64_t at, std::uint64_t stop) {
    const std::uint64_t page_begin = page.number << Shadow::page_bits;
    const auto from = static_cast<unsigned>((std::max(at, begin) - page_begin + 7) / 8);
    const auto to = static_cast<unsigned>((stop - page_begin) / 8);
    const GranuleRun run = page.in_run ? page.in_run.within(from, to) : GranuleRun::of(from, to);
    if (!run) return false;
    if (page.in_run) {
      if (!is_quiet(page.run)) return false;
      shadow.narrow_run(page, run);
    } else {
      if (!Shadow::are_empty(page, from, to)) return false;
      page.in_run = run;
    }
    history.touch(page.run, page_begin + run.begin * 8u, 0xff);
    return true;
  }
  // Would the present access race with nothing there, and not make it a crowd?
  bool is_quiet(const Cell& cell) {
    unsigned left = 8;
    for (const Cell* one = &cell;; one = &shadow.older(one->more)) {
      if (left-- == 0 || (conflict(one->head.kind(), history.now().kind()) && !history.before_now(one->head)))
        return false;
      if (one->more == 0) return true;
    }
  }

  // Is there a record of these bytes that an access of the kind conflicts with, by another task and later than the clock?
  [[gnu::always_inline]] bool has_unknown(const Cell& cell, std::uint8_t mask, ShadowKind kind,
                                          const VectorClock& known) {
    if ((cell.more & crowd_bit) != 0) return has_unknown_in_crowd(shadow.crowd(cell.more), mask, kind, known);
    for (const Cell* one = &cell;; one = &shadow.older(one->more)) {
      if (is_unknown(one->head, mask, kind, known)) return true;
      if (one->more == 0) return false;
    }
  }
  static bool has_unknown_in_crowd(const Crowd& crowd, std::uint8_t mask, ShadowKind kind, const VectorClock& known) {
    for (const Crowd::List& list : crowd.lists) {
      if (list.records.empty() || !conflict(list.records.front().kind(), kind)) continue;
      for (const Record& record : list.records)
        if (is_unknown(record, mask, kind, known)) return true;
    }
    return false;
  }
  static bool is_unknown(const Record& record, std::uint8_t mask, ShadowKind kind, const VectorClock& known) {
    return (record.mask & mask) != 0 && conflict(record.kind(), kind) &&
           record.count > known.of(static_cast<TaskId>(record.task));
  }
  bool orders_more_than_shb(const Step& step) {
    const Event& event = step.event;
    if (event.op == trace::Op::fence) return order_of(event) == trace::MemoryOrder::seq_cst;
    const bool writes = event.op == trace::Op::atomic_rmw;
    if (!writes && event.op != trace::Op::atomic_load) return false;
    if (event.arg == 0 || event.arg > ~event.object || !acquires(order_of(event))) return false;
    const ShadowKind kind = writes ? ShadowKind::atomic_write : ShadowKind::atomic_read;
    const VectorClock& known = order.clock(step.task);
    const std::uint64_t end = event.object + event.arg;
    for (std::uint64_t granule = event.object & ~std::uint64_t{7}; granule < end; granule += 8) {
      const std::uint64_t number = granule >> Shadow::page_bits;
      Shadow::Page* const page = part.has_page(number) ? shadow.find_page(number) : nullptr;
      if (page == nullptr) continue;
      const std::uint8_t mask = granule_mask(granule, event.object, end);
      const Cell* cell = page->cells != nullptr ? &shadow.cell(*page, granule) : nullptr;
      if (page->in_run.contains((granule >> Shadow::granule_bits) % Shadow::cells_a_page)) cell = &page->run;
      if ((cell != nullptr && has_unknown(*cell, mask, kind, known)) ||
          (page->freed.mask != 0 && page->freed.count > known.of(static_cast<TaskId>(page->freed.task))))
        return true;
    }
    return false;
  }

  // Of a range too large to be true, or at least to be remembered byte by byte, only what is known already is compared.
  void access_known_pages(std::uint64_t end) {
    shadow.for_each_page(begin, end, [&](Shadow::Page& page) {
      check_freed(page);
      if (!page.is_used()) return;
      touch_in_page(page, std::max(begin & ~std::uint64_t{7}, page.number << Shadow::page_bits), end);
    });
  }

  void observe(const Stretch& stretch) {
    clock = &order.clock(stretch.task);
    clock_of = stretch.task;
    Record first;
    first.task = index(stretch.task);
    first.count = clock->of(stretch.task);
    first.held = index(stretch.held);
    history.begin(first, 0, *clock, step_number);
    access_number = 0;
    for (const PlainAccess& one : stretch.accesses) {
      if (one.soon != 0) shadow.prefetch(one.soon);
      begin = one.address;
      size = one.size;
      Record& now = history.next(begin, ++step_number);
      now.callers = index(one.callers);
      now.set_pc(one.pc);
      now.size = one.size;
      now.set_bits(one.writes ? ShadowKind::write : ShadowKind::read, false, one.in_threads_own);
      access(begin, size);
      ++access_number;
    }
  }

  [[gnu::always_inline]] void on_access(const Step& step, ShadowKind kind, std::uint64_t bytes, bool vptr) {
    if (bytes == 0 || bytes > ~step.event.object) return;
    start(step, kind, step.event.object, bytes, vptr);
    if (bytes <= largest_range_bytes) {
      access(begin, bytes);
    } else {
      access_known_pages(begin + bytes);
    }
  }

  // ---- life of memory -----------------------------------------------------------------------------------------------------------
  void on_alloc(const Step& step) {
    const Event& event = step.event;
    const auto kind = static_cast<trace::MemoryKind>(event.arg);
    // What nobody ordered after the allocation may have come out before it. Where all frees are seen, an access to
    // memory that is nobody's is such a one, and belongs to the block that comes.
    if (kind == trace::MemoryKind::heap && all_frees_seen && !step.freed_unseen) {
      shadow.forget_freed(event.object, event.value);
    } else {
      shadow.forget(event.object, event.value);
    }
    remember({event.object, event.value, kind, step.task, site_of(event)});
  }

  void on_free(const Step& step) {
    const Block* const known = known_block(step.event.object);
    const std::uint64_t bytes = step.event.value != 0 ? step.event.value : known != nullptr ? known->size : 0;
    if (bytes == 0) all_frees_seen = false;  // of a block that is older than the recording: how far did it reach?
    if (bytes == 0 || bytes > ~step.event.object) return;
    const auto kind = static_cast<trace::MemoryKind>(step.event.arg);
    if (kind == trace::MemoryKind::stack || kind == trace::MemoryKind::thread_local_storage) {
      // The thread ends: its stack goes to the next thread without anybody's leave.
      shadow.forget(step.event.object, bytes);
      return;
    }
    if (known == nullptr) remember({step.event.object, bytes, kind, no_task, {}});
    start(step, ShadowKind::free, step.event.object, bytes, false);
    const std::uint64_t end = begin + bytes;
    if (bytes > small_block_bytes) {
      shadow.for_each_page(begin, end, [&](Shadow::Page& page) { free_in_page(page, end); });
      return;
    }
    for (std::uint64_t number = begin >> Shadow::page_bits; number <= (end - 1) >> Shadow::page_bits; ++number) {
      if (part.has_page(number)) free_in_page(shadow.page(number), end);
    }
  }
  void free_in_page(Shadow::Page& page, std::uint64_t end) {
    const std::uint64_t page_begin = page.number << Shadow::page_bits;
    const std::uint64_t page_end = page_begin + Shadow::page_size_bytes;
    check_freed(page);
    if (begin > page_begin || end < page_end) {
      touch_in_page(page, std::max(begin & ~std::uint64_t{7}, page_begin), end);
      return;
    }
    if (page.is_used()) {
      touch_in_page(page, page_begin, end);
      const auto is_of_now = [&](const Cell& cell) {
        return cell.more == 0 && cell.head.task == history.now().task && cell.head.count == history.now().count;
      };
      for (unsigned i = 0; i < Shadow::cells_a_page; ++i) {
        if (!is_of_now(page.in_run.contains(i) ? page.run : page.cells[i])) return;
      }
      shadow.drop_cells(page);
    }
    page.freed = history.now();
    page.freed.mask = 0xff;
    page.freed_block = begin;
  }

  void observe(const Step& step) {
    const Event& event = step.event;
    ++step_number;
    access_number = 0;
    if (event.soon != 0) shadow.prefetch(event.soon);
    switch (event.op) {
      case trace::Op::access_range:
        return on_access(step, is_write(event) ? ShadowKind::write : ShadowKind::read, event.value,
                         (event.flags & trace::AccessFlag::vptr) != 0);
      case trace::Op::atomic_load:
      case trace::Op::atomic_store:
      case trace::Op::atomic_rmw:
        return on_access(step, event.op == trace::Op::atomic_load ? ShadowKind::atomic_read : ShadowKind::atomic_write,
                         event.arg, false);
      case trace::Op::alloc: return on_alloc(step);
      case trace::Op::free: return on_free(step);
      default: return;
    }
  }
};

RaceSearch::RaceSearch(const HappensBefore& order, MemoryPart part) : impl_(std::make_unique<Impl>(order, part)) {}
RaceSearch::~RaceSearch() = default;
bool RaceSearch::orders_more_than_shb(const Step& step) { return impl_->orders_more_than_shb(step); }
void RaceSearch::observe(const Step& step, std::vector<Meeting>& meetings) {
  impl_->meetings = &meetings;
  impl_->observe(step);
}
void RaceSearch::observe(const Stretch& stretch, std::vector<Meeting>& meetings) {
  impl_->meetings = &meetings;
  impl_->observe(stretch);
}

}  // namespace tenter::analysis
