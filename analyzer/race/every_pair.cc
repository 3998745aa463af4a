#include "race/every_pair.h"

#include <algorithm>
#include <ranges>

#include "base/granule.h"

namespace tenter::analysis {
namespace {

using trace::Op;

bool is_same_place(const Record& a, const Record& b) {
  return a.task == b.task && a.mask == b.mask && a.pc_low == b.pc_low && a.pc_high == b.pc_high &&
         a.callers == b.callers && a.kind() == b.kind();
}

Record record_of(TaskId task, std::uint32_t count, StackId callers, LockSetId held, std::uint64_t pc,
                 std::uint64_t size, ShadowKind kind, bool vptr, bool in_threads_own) {
  Record record;
  record.task = index(task);
  record.count = count;
  record.callers = index(callers);
  record.held = index(held);
  record.set_pc(pc);
  record.size = static_cast<std::uint16_t>(std::min<std::uint64_t>(size, 65535));
  record.set_bits(kind, vptr, in_threads_own);
  return record;
}

}  // namespace

void EveryPair::observe(const Step& step, std::vector<Meeting>& meetings) {
  const Event& event = step.event;
  ShadowKind kind{};
  std::uint64_t size = event.arg;
  switch (event.op) {
    case Op::access_range:
      kind = is_write(event) ? ShadowKind::write : ShadowKind::read;
      size = event.value;
      break;
    case Op::atomic_load: kind = ShadowKind::atomic_read; break;
    case Op::atomic_store:
    case Op::atomic_rmw: kind = ShadowKind::atomic_write; break;
    case Op::alloc: return on_alloc(step);
    case Op::free: return on_free(step, meetings);
    default: return;
  }
  Record now =
      record_of(step.task, order_.epoch(step.task).count, event.callers, step.held, event.pc, size, kind,
                (event.flags & trace::AccessFlag::vptr) != 0 && event.op == Op::access_range, step.in_threads_own);
  access(now, event.object, size, 0, meetings);
}

void EveryPair::observe(const Stretch& stretch, std::vector<Meeting>& meetings) {
  const std::uint32_t count = order_.epoch(stretch.task).count;
  std::uint32_t number = 0;
  for (const PlainAccess& one : stretch.accesses) {
    Record now = record_of(stretch.task, count, one.callers, stretch.held, one.pc, one.size,
                           one.writes ? ShadowKind::write : ShadowKind::read, false, one.in_threads_own);
    access(now, one.address, one.size, number++, meetings);
  }
}

void EveryPair::access(Record& now, std::uint64_t begin, std::uint64_t size, std::uint32_t number,
                       std::vector<Meeting>& meetings) {
  const std::uint64_t end = begin + std::min(size, ~begin);
  watched_.for_each_in(begin, end, [&](std::uint64_t granule) {
    now.mask = granule_mask(granule, begin, end);
    now.set_start(begin, granule);
    const auto next = static_cast<std::uint32_t>(lists_.size());
    const std::uint32_t place = places_.at(granule + 1, next);
    if (place == next) lists_.emplace_back();
    std::vector<Record>& list = lists_[place];
    const auto mine = std::ranges::find_if(list, [&](const Record& old) { return is_same_place(old, now); });
    // Nothing was released since: who came later and is unordered with it has met it already.
    if (mine != list.end() && mine->count == now.count) return;
    const VectorClock& clock = order_.clock(static_cast<TaskId>(now.task));
    for (const Record& old : list) {
      if (old.task == now.task || (old.mask & now.mask) == 0 || !conflict(old.kind(), now.kind())) continue;
      if (old.in_threads_own() && now.in_threads_own()) continue;
      if (old.count <= clock.of(static_cast<TaskId>(old.task))) continue;
      Meeting& meeting = meetings.emplace_back(
          Meeting{old, now, granule, static_cast<std::uint8_t>(old.mask & now.mask), begin, size, {}, number});
      meeting.later.start = 0;  // it is counted from `begin`
      if (now.kind() == ShadowKind::free) {
        meeting.freed = block_from(begin);
      } else if (old.kind() == ShadowKind::free) {
        meeting.freed = block_from(old.begin_of_access(granule));
      }
    }
    if (mine != list.end()) {
      list.erase(mine);
    } else if (list.size() < most_records_a_granule && records_ < most_records) {
      ++records_;
    } else {
      return;
    }
    list.push_back(now);
  });
}

void EveryPair::on_alloc(const Step& step) {
  const Event& event = step.event;
  const auto kind = static_cast<trace::MemoryKind>(event.arg);
  const std::uint64_t end = event.object + std::min(event.value, ~event.object);
  // What nobody ordered after the allocation may have come out before it: what is newer than the last free is of the block that comes.
  const bool up_to_free = kind == trace::MemoryKind::heap && all_frees_seen_ && !step.freed_unseen;
  forget(event.object, end, up_to_free);
  if (is_watched(event.object, end))
    blocks_[event.object] = {event.object, event.value, kind, step.task, site_of(event)};
}

void EveryPair::on_free(const Step& step, std::vector<Meeting>& meetings) {
  const Event& event = step.event;
  const auto kind = static_cast<trace::MemoryKind>(event.arg);
  const std::uint64_t size = event.value != 0 ? event.value : block_from(event.object).size;
  if (size == 0) all_frees_seen_ = false;  // of a block that is older than the recording: how far did it reach?
  const std::uint64_t end = event.object + std::min(size, ~event.object);
  if (!is_watched(event.object, end)) return;
  // The thread ends: its stack goes to the next thread without anybody's leave.
  if (kind == trace::MemoryKind::stack || kind == trace::MemoryKind::thread_local_storage)
    return forget(event.object, end, false);
  blocks_.try_emplace(event.object, Block{event.object, size, kind, no_task, {}});
  Record now = record_of(step.task, order_.epoch(step.task).count, event.callers, step.held, event.pc, size,
                         ShadowKind::free, false, step.in_threads_own);
  access(now, event.object, size, 0, meetings);
}

bool EveryPair::is_watched(std::uint64_t begin, std::uint64_t end) const {
  bool is = false;
  watched_.for_each_in(begin, end, [&](std::uint64_t) { is = true; });
  return is;
}

Block EveryPair::block_from(std::uint64_t address) const {
  const auto known = blocks_.find(address);
  return known != blocks_.end() ? known->second : Block{};
}

// Of each byte all accesses, or those up to its last free.
void EveryPair::forget(std::uint64_t begin, std::uint64_t end, bool up_to_free) {
  watched_.for_each_in(begin, end, [&](std::uint64_t granule) {
    const std::uint32_t* const place = places_.find(granule + 1);
    if (place == nullptr) return;
    std::vector<Record>& list = lists_[*place];
    unsigned gone = up_to_free ? 0 : granule_mask(granule, begin, end);
    for (Record& old : list | std::views::reverse) {  // the latest first
      if (old.kind() == ShadowKind::free) gone |= old.mask & granule_mask(granule, begin, end);
      old.mask = static_cast<std::uint8_t>(old.mask & ~gone);
    }
    records_ -= std::erase_if(list, [](const Record& old) { return old.mask == 0; });
  });
}

}  // namespace tenter::analysis
