// A record r of a granule is dropped when a newer access a touches all of r's bytes, r happens before a (or is of the
// same task), and whatever conflicts with r conflicts with a. Nothing is lost by that: an access that is unordered
// with r cannot come after a, for then r would be before it too, and cannot be of a's task; so it
// races with a as well. In the same way an access adds no record where an equally strong one of its own epoch exists.
//
// The test of one access costs a look at its granule's newest record when that is of the same epoch, which is the common case
// (FastTrack, PLDI 2009, table 1), and at all of the granule's records otherwise.
#include "race/race_detector.h"

#include <algorithm>
#include <bit>
#include <unordered_set>

#include "race/shadow.h"

namespace tenter::analysis {
namespace {

constexpr unsigned longest_chain = 12;              // more records than this make a crowd
constexpr unsigned races_an_event_in_a_crowd = 64;  // an access that races with everybody is reported with some
constexpr unsigned callers_a_pair_of_places = 64;   // variants kept of one pair of code addresses
constexpr std::uint64_t small_block_bytes = 64 * 1024;
constexpr std::uint64_t largest_range_bytes = std::uint64_t{1} << 28;

AccessKind kind_in_report(ShadowKind kind) {
  switch (kind) {
    case ShadowKind::read: return AccessKind::read;
    case ShadowKind::atomic_read: return AccessKind::atomic_read;
    case ShadowKind::atomic_write: return AccessKind::atomic_write;
    case ShadowKind::write: return AccessKind::write;
    case ShadowKind::free: return AccessKind::free;
  }
  return AccessKind::read;
}

struct PlacePair {
  std::uint64_t pc[2];
  std::uint32_t callers[2];
  bool operator==(const PlacePair&) const = default;
};
struct PlacePairHash {
  std::size_t operator()(const PlacePair& pair) const {
    std::uint64_t hash = pair.pc[0] * 0x9e3779b97f4a7c15ull + pair.callers[0];
    hash = (hash ^ (hash >> 29)) * 0xbf58476d1ce4e5b9ull + pair.pc[1];
    hash = (hash ^ (hash >> 32)) * 0x94d049bb133111ebull + pair.callers[1];
    return static_cast<std::size_t>(hash ^ (hash >> 31));
  }
};

}  // namespace

struct RaceDetector::Impl {
  Impl(const World& the_world, const HappensBefore& the_order) : world(the_world), order(the_order) {}

  const World& world;
  const HappensBefore& order;
  Shadow shadow;

  // Of the current step.
  Record now;                         // without mask and start, which differ by granule
  const VectorClock* clock = nullptr;
  TaskId clock_of = no_task;
  std::uint64_t begin = 0, size = 0;  // of the access
  std::uint64_t step_number = 0;
  bool racy = false;

  struct Found {
    RaceCandidate candidate;
    std::uint64_t last_step = 0;
  };
  std::vector<Found> found;
  std::unordered_map<PlacePair, std::uint32_t, PlacePairHash> found_at;
  struct Variants {
    std::uint32_t first = 0, many = 0;
  };
  std::unordered_map<PlacePair, Variants, PlacePairHash> variants;   // by code addresses alone
  std::uint64_t racy_events = 0;
  std::unordered_set<std::uint64_t> racy_places;

  std::unordered_map<std::uint64_t, Block> blocks;   // by first address, freed ones too, until the address is used again

  bool before_now(const Record& record) const {
    return record.task == now.task || record.count <= clock->of(static_cast<TaskId>(record.task));
  }

  // ---- reporting ---------------------------------------------------------------------------------------------
  Access access_of(const Record& record, std::uint64_t granule) const {
    Access access;
    access.task = static_cast<TaskId>(record.task);
    access.kind = kind_in_report(record.kind());
    access.vptr = record.vptr();
    access.address = record.start == -32768 ? granule : granule + static_cast<std::uint64_t>(std::int64_t{record.start});
    access.size = record.size;
    access.where = {record.pc(), static_cast<StackId>(record.callers)};
    access.held = static_cast<LockSetId>(record.held);
    return access;
  }

  void report(const Record& record, std::uint64_t granule, std::uint8_t overlap) {
    if (!racy) {
      racy = true;
      ++racy_events;
      racy_places.insert(now.pc());
    }
    PlacePair pair{{record.pc(), now.pc()}, {record.callers, now.callers}};
    if (std::pair(pair.pc[1], pair.callers[1]) < std::pair(pair.pc[0], pair.callers[0])) {
      std::swap(pair.pc[0], pair.pc[1]);
      std::swap(pair.callers[0], pair.callers[1]);
    }
    const auto [at, is_new] = found_at.try_emplace(pair, 0);
    if (is_new) {
      Variants& known = variants[{{pair.pc[0], pair.pc[1]}, {0, 0}}];
      if (known.many == callers_a_pair_of_places) {
        found_at.erase(at);
        count(known.first);
        return;
      }
      at->second = static_cast<std::uint32_t>(found.size());
      if (known.many++ == 0) known.first = at->second;
      found.push_back({make_candidate(record, granule, overlap), step_number});
      return;
    }
    count(at->second);
  }
  // A pair counts once per event, however many bytes overlap.
  void count(std::uint32_t which) {
    if (found[which].last_step == step_number) return;
    found[which].last_step = step_number;
    ++found[which].candidate.count;
  }

  RaceCandidate make_candidate(const Record& record, std::uint64_t granule, std::uint8_t overlap) {
    RaceCandidate candidate;
    candidate.left = access_of(record, granule);
    Record right = now;
    right.start = 0;
    candidate.right = access_of(right, begin);
    candidate.right.size = size;
    const std::uint64_t byte = granule + static_cast<unsigned>(std::countr_zero(overlap));
    if (now.kind() == ShadowKind::free) {
      candidate.block = freed_block(begin);
    } else if (record.kind() == ShadowKind::free) {
      candidate.block = freed_block(candidate.left.address);
    } else if (const Block* block = world.block_at(byte)) {
      candidate.block = *block;
    }
    if (record.kind() == ShadowKind::free && candidate.block.size != 0) candidate.left.size = candidate.block.size;
    return candidate;
  }
  Block freed_block(std::uint64_t address) const {
    const auto at = blocks.find(address);
    return at != blocks.end() ? at->second : Block{};
  }

  // ---- one granule --------------------------------------------------------------------------------------------------
  Record record_for(std::uint64_t granule, std::uint8_t mask) const {
    Record record = now;
    record.mask = mask;
    const auto start = static_cast<std::int64_t>(begin - granule);
    record.start = static_cast<std::int16_t>(start < -32767 ? -32768 : start);
    return record;
  }

  void touch(Cell& cell, std::uint64_t granule, std::uint8_t mask) {
    Record& head = cell.head;
    // Nothing came since an equally strong access of this epoch that raced with nothing: nor does this one.
    if (head.task == now.task && head.count == now.count && (mask & ~head.mask) == 0 && !head.raced() &&
        covers(head.kind(), now.kind())) {
      return;
    }
    if ((cell.more & crowd_bit) != 0) {
      touch_crowd(cell, granule, mask);
      return;
    }
    if (head.mask == 0) {
      head = record_for(granule, mask);
      return;
    }
    touch_chain(cell, granule, mask);
  }

  void touch_chain(Cell& cell, std::uint64_t granule, std::uint8_t mask) {
    Record added = record_for(granule, mask);
    bool redundant = false;
    unsigned length = 0;
    Cell* previous = nullptr;
    for (Cell* at = &cell; at != nullptr;) {
      Record& old = at->head;
      const auto overlap = static_cast<std::uint8_t>(old.mask & mask);
      if (overlap != 0) {
        if (!before_now(old)) {
          if (conflict(old.kind(), now.kind())) {
            report(old, granule, overlap);
            added.set_raced();
          }
        } else if (covers(now.kind(), old.kind())) {
          old.mask = static_cast<std::uint8_t>(old.mask & ~mask);
        } else if (old.task == now.task && old.count == now.count && overlap == mask && covers(old.kind(), now.kind())) {
          redundant = true;
        }
      }
      if (old.mask == 0 && previous != nullptr) {
        const std::uint32_t gone = previous->more;
        previous->more = at->more;
        shadow.give_cell(gone);
      } else {
        ++length;
        previous = at;
      }
      at = previous->more != 0 ? &shadow.older(previous->more) : nullptr;
    }
    if (redundant) {
      close_gap(cell);
      return;
    }
    if (cell.head.mask == 0) {
      cell.head = added;
      return;
    }
    const std::uint32_t link = shadow.take_cell();
    shadow.older(link) = cell;
    cell.head = added;
    cell.more = link;
    if (length >= longest_chain) form_crowd(cell);
  }
  // The head may have lost all its bytes while older records keep theirs.
  void close_gap(Cell& cell) {
    if (cell.head.mask != 0 || cell.more == 0) return;
    const std::uint32_t gone = cell.more;
    cell = shadow.older(gone);
    shadow.give_cell(gone);
  }

  // ---- a granule that many tasks access -----------------------------------------------------------------------------------
  void form_crowd(Cell& cell) {
    const std::uint32_t link = shadow.make_crowd();
    Crowd& crowd = shadow.crowd(link);
    for (Cell* at = &cell; at != nullptr; at = at->more != 0 ? &shadow.older(at->more) : nullptr) {
      crowd.lists[static_cast<unsigned>(at->head.kind())].records.push_back(at->head);
    }
    for (Crowd::List& list : crowd.lists) {
      std::reverse(list.records.begin(), list.records.end());   // oldest first, so that the index finds the newest
      list.index_again();
    }
    shadow.clear(cell);
    cell.more = link;
  }

  // Drops what this access supersedes.
  void sweep(Crowd::List& list, std::uint8_t mask) {
    for (Record& old : list.records) {
      if ((old.mask & mask) != 0 && before_now(old)) old.mask = static_cast<std::uint8_t>(old.mask & ~mask);
    }
    if (std::erase_if(list.records, [](const Record& old) { return old.mask == 0; }) != 0) list.index_again();
  }

  void touch_crowd(Cell& cell, std::uint64_t granule, std::uint8_t mask) {
    Crowd& crowd = shadow.crowd(cell.more);
    Record added = record_for(granule, mask);
    bool redundant = false;
    unsigned reported = 0;
    for (unsigned k = 0; k < shadow_kinds; ++k) {
      const auto kind = static_cast<ShadowKind>(k);
      Crowd::List& list = crowd.lists[k];
      if (list.records.empty()) continue;
      if (conflict(kind, now.kind())) {
        for (const Record& old : list.records) {
          const auto overlap = static_cast<std::uint8_t>(old.mask & mask);
          if (overlap == 0 || before_now(old)) continue;
          added.set_raced();
          report(old, granule, overlap);
          if (++reported == races_an_event_in_a_crowd) break;
        }
        if (covers(now.kind(), kind)) sweep(list, mask);
      } else if (covers(now.kind(), kind) && kind != now.kind() && list.records.size() >= list.sweep_at) {
        sweep(list, mask);
        list.sweep_at = std::max<std::size_t>(32, 2 * list.records.size());
      }
      if (covers(kind, now.kind()) && kind != now.kind()) {
        const auto mine = list.newest_of.find(now.task);
        if (mine != list.newest_of.end()) {
          const Record& old = list.records[mine->second];
          redundant = redundant || (old.count == now.count && (mask & ~old.mask) == 0);
        }
      }
    }
    if (!redundant) add_to_crowd(crowd.lists[static_cast<unsigned>(now.kind())], added);
    if (crowd.size() <= longest_chain / 2) dissolve_crowd(cell);
  }

  void add_to_crowd(Crowd::List& list, const Record& added) {
    const auto mine = list.newest_of.find(now.task);
    if (mine != list.newest_of.end()) {
      Record& old = list.records[mine->second];
      if ((old.mask & ~added.mask) == 0) {
        old = added;
        return;
      }
      if (old.count == added.count && (added.mask & ~old.mask) == 0) return;
    }
    if (list.records.size() >= list.sweep_at) {
      sweep(list, added.mask);
      list.sweep_at = std::max<std::size_t>(32, 2 * list.records.size());
    }
    list.newest_of[now.task] = static_cast<std::uint32_t>(list.records.size());
    list.records.push_back(added);
  }

  void dissolve_crowd(Cell& cell) {
    std::vector<Record> records;
    for (const Crowd::List& list : shadow.crowd(cell.more).lists) {
      records.insert(records.end(), list.records.begin(), list.records.end());
    }
    shadow.clear(cell);
    for (const Record& record : records) {
      if (cell.head.mask != 0) {
        const std::uint32_t link = shadow.take_cell();
        shadow.older(link) = cell;
        cell.more = link;
      }
      cell.head = record;
      cell.head.set_raced();   // of unknown age among the others, so it must not answer for later accesses
    }
  }

  // ---- ranges ----------------------------------------------------------------------------------------------------------------
  void start(const Step& step, ShadowKind kind, std::uint64_t address, std::uint64_t bytes, bool vptr) {
    const Epoch epoch = order.epoch(step.task);
    if (clock_of != step.task || clock == nullptr) {
      clock = &order.clock(step.task);
      clock_of = step.task;
    }
    now.task = index(step.task);
    now.count = epoch.count;
    now.callers = index(step.event.callers);
    now.held = index(step.held);
    now.pc_low = static_cast<std::uint32_t>(step.event.pc);
    now.pc_high = static_cast<std::uint16_t>(step.event.pc >> 32);
    now.size = static_cast<std::uint16_t>(std::min<std::uint64_t>(bytes, 65535));
    now.bits = static_cast<std::uint8_t>(static_cast<unsigned>(kind) | (vptr ? 8u : 0u));
    begin = address;
    size = bytes;
    racy = false;
    ++step_number;
  }

  void check_freed(const Shadow::Page& page) {
    if (page.freed.mask == 0 || before_now(page.freed)) return;
    Record freed = page.freed;
    const std::uint64_t granule = page.number << Shadow::page_bits;
    const std::uint64_t back = granule - page.freed_block;
    freed.start = static_cast<std::int16_t>(back <= 32767 ? -static_cast<std::int64_t>(back) : -32768);
    report(freed, granule, 0xff);
  }

  void access(std::uint64_t address, std::uint64_t bytes) {
    const std::uint64_t end = address + bytes;
    const std::uint64_t granule = address & ~std::uint64_t{7};
    if (end <= granule + 8) {
      Shadow::Page& page = shadow.page(granule >> Shadow::page_bits);
      if (page.freed.mask != 0) check_freed(page);
      touch(shadow.cell(page, granule), granule, granule_mask(granule, address, end));
      return;
    }
    for (std::uint64_t at = granule; at < end;) {
      Shadow::Page& page = shadow.page(at >> Shadow::page_bits);
      if (page.freed.mask != 0) check_freed(page);
      at = touch_in_page(page, at, end);
    }
  }
  // Touches the granules from `at` to the end of the page or of the access. The first granule after them.
  std::uint64_t touch_in_page(Shadow::Page& page, std::uint64_t at, std::uint64_t end) {
    const std::uint64_t stop = std::min(end, (at | (Shadow::page_size_bytes - 1)) + 1);
    for (; at < stop; at += 8) touch(shadow.cell(page, at), at, granule_mask(at, begin, end));
    return at;
  }

  // Of a range too large to be true, or at least to be remembered byte by byte, only what is known already is compared.
  void access_known_pages(std::uint64_t end) {
    shadow.for_each_page(begin, end, [&](Shadow::Page& page) {
      check_freed(page);
      if (!page.cells) return;
      touch_in_page(page, std::max(begin & ~std::uint64_t{7}, page.number << Shadow::page_bits), end);
    });
  }

  void on_access(const Step& step, ShadowKind kind, std::uint64_t bytes, bool vptr) {
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
    shadow.forget(event.object, event.value);
    const auto kind = static_cast<trace::MemoryKind>(event.arg);
    blocks[event.object] = {event.object, event.value, kind, step.task, site_of(event)};
  }

  void on_free(const Step& step) {
    const auto at = blocks.find(step.event.object);
    const std::uint64_t bytes = step.event.value != 0 ? step.event.value : at != blocks.end() ? at->second.size : 0;
    if (bytes == 0 || bytes > ~step.event.object) return;
    const auto kind = static_cast<trace::MemoryKind>(step.event.arg);
    if (kind == trace::MemoryKind::stack || kind == trace::MemoryKind::thread_local_storage) {
      // The thread ends: its stack goes to the next thread without anybody's leave.
      shadow.forget(step.event.object, bytes);
      return;
    }
    if (at == blocks.end()) {
      blocks[step.event.object] = {step.event.object, bytes, kind, no_task, {}};
    }
    start(step, ShadowKind::free, step.event.object, bytes, false);
    const std::uint64_t end = begin + bytes;
    if (bytes > small_block_bytes) {
      shadow.for_each_page(begin, end, [&](Shadow::Page& page) { free_in_page(page, end); });
      return;
    }
    for (std::uint64_t number = begin >> Shadow::page_bits; number <= (end - 1) >> Shadow::page_bits; ++number) {
      free_in_page(shadow.page(number), end);
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
    if (page.cells) {
      touch_in_page(page, page_begin, end);
      for (unsigned i = 0; i < Shadow::cells_a_page; ++i) {
        const Cell& cell = page.cells[i];
        if (cell.more != 0 || cell.head.task != now.task || cell.head.count != now.count) return;
      }
      shadow.drop_cells(page);
    }
    page.freed = now;
    page.freed.mask = 0xff;
    page.freed_block = begin;
  }

  void observe(const Step& step) {
    const Event& event = step.event;
    switch (event.op) {
      case trace::Op::access_range:
        return on_access(step, is_write(event) ? ShadowKind::write : ShadowKind::read, event.value,
                         (event.flags & trace::AccessFlag::vptr) != 0);
      case trace::Op::atomic_load: return on_access(step, ShadowKind::atomic_read, event.arg, false);
      case trace::Op::atomic_store:
      case trace::Op::atomic_rmw: return on_access(step, ShadowKind::atomic_write, event.arg, false);
      case trace::Op::alloc: return on_alloc(step);
      case trace::Op::free: return on_free(step);
      default: return;
    }
  }
};

RaceDetector::RaceDetector(const World& world, const HappensBefore& order)
    : impl_(std::make_unique<Impl>(world, order)) {}
RaceDetector::~RaceDetector() = default;
void RaceDetector::observe(const Step& step) { impl_->observe(step); }
std::uint64_t RaceDetector::racy_events() const { return impl_->racy_events; }
std::uint64_t RaceDetector::racy_places() const { return impl_->racy_places.size(); }
std::vector<RaceCandidate> RaceDetector::candidates() const {
  std::vector<RaceCandidate> all;
  all.reserve(impl_->found.size());
  for (const Impl::Found& one : impl_->found) all.push_back(one.candidate);
  return all;
}

}  // namespace tenter::analysis
