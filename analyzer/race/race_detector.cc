// What the program did to memory, cut into granules for History, and what it did with memory as a whole: blocks that
// are given out start without history, and freeing one counts as a write to all of it.
#include "race/race_detector.h"

#include <algorithm>
#include <bit>
#include <unordered_map>
#include <unordered_set>

#include "race/history.h"
#include "race/race_log.h"
#include "race/shadow.h"

namespace tenter::analysis {
namespace {

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

}  // namespace

struct RaceDetector::Impl final : History::Listener {
  Impl(const World& the_world, const HappensBefore& the_order) : world(the_world), order(the_order) {}

  const World& world;
  const HappensBefore& order;
  Shadow shadow;
  History history{shadow, *this};
  RaceLog log;
  std::uint64_t racy_events = 0;
  std::unordered_set<std::uint64_t> racy_places;
  std::unordered_set<std::uint64_t> racing_tasks;  // pair_of() tasks that raced with plain or atomic accesses

  // Of the current step.
  const VectorClock* clock = nullptr;
  TaskId clock_of = no_task;
  std::uint64_t begin = 0, size = 0;  // of the access
  std::uint64_t step_number = 0;
  bool racy = false;

  bool all_frees_seen = true;
  std::unordered_map<std::uint64_t, Block> blocks;  // by first address, freed ones too, until the address is used again

  // ---- reporting ---------------------------------------------------------------------------------------------
  static Site site_of_record(const Record& record) { return {record.pc(), static_cast<StackId>(record.callers)}; }

  static std::uint64_t pair_of(std::uint32_t a, std::uint32_t b) {
    return std::uint64_t{std::min(a, b)} << 32 | std::max(a, b);
  }
  static Epoch epoch_of(const Record& record) { return {static_cast<TaskId>(record.task), record.count}; }

  Access access_of(const Record& record, std::uint64_t granule, std::uint8_t overlap) const {
    Access access;
    access.task = static_cast<TaskId>(record.task);
    access.kind = kind_in_report(record.kind());
    access.vptr = record.vptr();
    access.address =
        record.start == -32768 ? granule : granule + static_cast<std::uint64_t>(std::int64_t{record.start});
    if (record.size < 8 && record.size != 0) {
      // A record may stand for several elements of a row: the one that is meant holds the overlap's first byte.
      const auto into = std::countr_zero(overlap) - int{record.start};
      const int elements = into >= 0 ? into / record.size : -((record.size - 1 - into) / record.size);
      access.address += static_cast<std::uint64_t>(std::int64_t{elements} * record.size);
    }
    access.size = record.size;
    access.where = site_of_record(record);
    access.held = static_cast<LockSetId>(record.held);
    return access;
  }

  void on_race(const Record& record, std::uint64_t granule, std::uint8_t overlap) override {
    const Record& now = history.now();
    if (record.in_threads_own() && now.in_threads_own()) return;
    if (record.kind() != ShadowKind::free && now.kind() != ShadowKind::free) {
      racing_tasks.insert(pair_of(record.task, now.task));
    }
    if (!racy) {
      racy = true;
      ++racy_events;
      racy_places.insert(now.pc());
    }
    if (log.is_wanted(site_of_record(record), site_of_record(now), step_number)) {
      const std::uint64_t byte = granule + static_cast<unsigned>(std::countr_zero(overlap));
      log.keep(make_candidate(record, granule, overlap), epoch_of(record), epoch_of(now), byte, step_number);
    }
  }

  RaceCandidate make_candidate(const Record& record, std::uint64_t granule, std::uint8_t overlap) {
    RaceCandidate candidate;
    candidate.left = access_of(record, granule, overlap);
    Record right = history.now();
    right.start = 0;
    candidate.right = access_of(right, begin, 1);
    candidate.right.size = size;
    const std::uint64_t byte = granule + static_cast<unsigned>(std::countr_zero(overlap));
    if (right.kind() == ShadowKind::free) {
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

  // ---- ranges ----------------------------------------------------------------------------------------------------------------
  void start(const Step& step, ShadowKind kind, std::uint64_t address, std::uint64_t bytes, bool vptr) {
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
    now.pc_low = static_cast<std::uint32_t>(step.event.pc);
    now.pc_high = static_cast<std::uint16_t>(step.event.pc >> 32);
    now.size = static_cast<std::uint16_t>(std::min<std::uint64_t>(bytes, 65535));
    now.bits =
        static_cast<std::uint8_t>(static_cast<unsigned>(kind) | (vptr ? 8u : 0u) | (step.in_threads_own ? 32u : 0u));
    history.begin(now, address, *clock);
    begin = address;
    size = bytes;
    racy = false;
    ++step_number;
  }

  void check_freed(const Shadow::Page& page) {
    if (page.freed.mask == 0 || history.before_now(page.freed)) return;
    Record freed = page.freed;
    const std::uint64_t granule = page.number << Shadow::page_bits;
    const std::uint64_t back = granule - page.freed_block;
    freed.start = static_cast<std::int16_t>(back <= 32767 ? -static_cast<std::int64_t>(back) : -32768);
    on_race(freed, granule, 0xff);
  }

  void access(std::uint64_t address, std::uint64_t bytes) {
    const std::uint64_t end = address + bytes;
    const std::uint64_t granule = address & ~std::uint64_t{7};
    if (end <= granule + 8) {
      Shadow::Page& page = shadow.page(granule >> Shadow::page_bits);
      if (page.freed.mask != 0) check_freed(page);
      history.touch(shadow.cell(page, granule), granule, granule_mask(granule, address, end));
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
    for (; at < stop; at += 8) history.touch(shadow.cell(page, at), at, granule_mask(at, begin, end));
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
    const auto kind = static_cast<trace::MemoryKind>(event.arg);
    // What nobody ordered after the allocation may have come out before it. Where all frees are seen, an access to
    // memory that is nobody's is such a one, and belongs to the block that comes.
    if (kind == trace::MemoryKind::heap && all_frees_seen && !world.freed_unseen()) {
      shadow.forget_freed(event.object, event.value);
    } else {
      shadow.forget(event.object, event.value);
    }
    blocks[event.object] = {event.object, event.value, kind, step.task, site_of(event)};
    if (kind == trace::MemoryKind::heap || kind == trace::MemoryKind::mapping) {
      log.give_out(event.object, event.value, order.clock(step.task));
    }
  }

  void on_free(const Step& step) {
    const auto at = blocks.find(step.event.object);
    const std::uint64_t bytes = step.event.value != 0 ? step.event.value : at != blocks.end() ? at->second.size : 0;
    if (bytes == 0) all_frees_seen = false;  // of a block that is older than the recording: how far did it reach?
    if (bytes == 0 || bytes > ~step.event.object) return;
    const auto kind = static_cast<trace::MemoryKind>(step.event.arg);
    if (kind == trace::MemoryKind::stack || kind == trace::MemoryKind::thread_local_storage) {
      // The thread ends: its stack goes to the next thread without anybody's leave.
      shadow.forget(step.event.object, bytes);
      return;
    }
    if (at == blocks.end()) { blocks[step.event.object] = {step.event.object, bytes, kind, no_task, {}}; }
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
        if (cell.more != 0 || cell.head.task != history.now().task || cell.head.count != history.now().count) return;
      }
      shadow.drop_cells(page);
    }
    page.freed = history.now();
    page.freed.mask = 0xff;
    page.freed_block = begin;
  }

  void observe(const Step& step) {
    const Event& event = step.event;
    if (event.soon != 0) shadow.prefetch(event.soon);
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
  std::vector<RaceCandidate> all = impl_->log.candidates();
  for (RaceCandidate& race : all) {
    const auto races_with_owner = [&](const Access& side) {
      return std::ranges::any_of(race.given_to, [&](TaskId owner) {
        return impl_->racing_tasks.contains(Impl::pair_of(index(side.task), index(owner)));
      });
    };
    race.races_with_owner =
        (race.left_in_doubt && races_with_owner(race.left)) || (race.right_in_doubt && races_with_owner(race.right));
  }
  return all;
}

}  // namespace tenter::analysis
