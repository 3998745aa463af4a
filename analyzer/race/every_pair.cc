#include "race/every_pair.h"

#include <algorithm>

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
    case Op::free: return on_free(step);
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
    std::vector<Remembered>& list = lists_[place];
    const auto mine = std::ranges::find_if(list, [&](const Remembered& old) { return is_same_place(old.record, now); });
    // Nothing was released since: who came later and is unordered with it has met it already.
    if (mine != list.end() && mine->record.count == now.count && mine->freed == 0) return;
    if (comparisons_ > most_comparisons) return;
    comparisons_ += list.size();
    const VectorClock& clock = order_.clock(static_cast<TaskId>(now.task));
    for (const auto& [old, freed] : list) {
      if (old.task == now.task || (old.mask & now.mask) == 0 || !conflict(old.kind(), now.kind())) continue;
      if (old.in_threads_own() && now.in_threads_own()) continue;
      if (old.count <= clock.of(static_cast<TaskId>(old.task))) continue;
      meetings.push_back({old, now, granule, static_cast<std::uint8_t>(old.mask & now.mask), begin, size, {}, number});
      meetings.back().later.start = 0;  // it is counted from `begin`
    }
    if (mine != list.end()) {
      *mine = {now};
    } else if (list.size() < most_records_a_granule && records_ < most_records) {
      list.push_back({now});
      ++records_;
    }
  });
}

void EveryPair::on_alloc(const Step& step) {
  const Event& event = step.event;
  const auto kind = static_cast<trace::MemoryKind>(event.arg);
  const std::uint64_t end = event.object + std::min(event.value, ~event.object);
  // What nobody ordered after the allocation may have come out before it: what is newer than the last free is of the block that comes.
  const bool up_to_free = kind == trace::MemoryKind::heap && all_frees_seen_ && !step.freed_unseen;
  forget(event.object, end, up_to_free);
}

void EveryPair::on_free(const Step& step) {
  const Event& event = step.event;
  const auto kind = static_cast<trace::MemoryKind>(event.arg);
  if (event.value == 0) all_frees_seen_ = false;  // how far did the block reach?
  const std::uint64_t end = event.object + std::min(event.value, ~event.object);
  // The thread ends: its stack goes to the next thread without anybody's leave.
  if (kind == trace::MemoryKind::stack || kind == trace::MemoryKind::thread_local_storage)
    return forget(event.object, end, false);
  watched_.for_each_in(event.object, end, [&](std::uint64_t granule) {
    const std::uint32_t* const place = places_.find(granule + 1);
    if (place == nullptr) return;
    for (Remembered& old : lists_[*place]) old.freed |= granule_mask(granule, event.object, end);
  });
}

// Of each byte all accesses, or those up to its last free.
void EveryPair::forget(std::uint64_t begin, std::uint64_t end, bool up_to_free) {
  watched_.for_each_in(begin, end, [&](std::uint64_t granule) {
    const std::uint32_t* const place = places_.find(granule + 1);
    if (place == nullptr) return;
    const std::uint8_t mask = granule_mask(granule, begin, end);
    records_ -= std::erase_if(lists_[*place], [&](Remembered& old) {
      const unsigned gone = up_to_free ? mask & old.freed : mask;
      old.record.mask = static_cast<std::uint8_t>(old.record.mask & ~gone);
      return old.record.mask == 0;
    });
  });
}

}  // namespace tenter::analysis
