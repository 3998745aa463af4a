#include "race/race_detector.h"

#include <algorithm>
#include <bit>
#include <unordered_set>

#include "race/race_log.h"

namespace tenter::analysis {
namespace {

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

struct RaceDetector::Impl {
  Impl(const World& the_world, const HappensBefore& the_order) : world(the_world), order(the_order) {}

  const World& world;
  const HappensBefore& order;
  RaceSearch search{order};
  std::vector<Meeting> found;  // by `search` in one step
  RaceLog log;
  std::uint64_t racy_events = 0;
  std::unordered_set<std::uint64_t> racy_places;
  GranuleSet racy_granules;                        // but for frees
  std::unordered_set<std::uint64_t> racing_tasks;  // pair_of() tasks that raced with plain or atomic accesses
  std::uint64_t step_number = 0;

  static Site site_of_record(const Record& record) { return {record.pc(), static_cast<StackId>(record.callers)}; }

  static std::uint64_t pair_of(std::uint32_t a, std::uint32_t b) {
    return std::uint64_t{std::min(a, b)} << 32 | std::max(a, b);
  }
  static Epoch epoch_of(const Record& record) { return {static_cast<TaskId>(record.task), record.count}; }

  static Access access_of(const Record& record, std::uint64_t granule, std::uint8_t overlap) {
    Access access;
    access.task = static_cast<TaskId>(record.task);
    access.kind = kind_in_report(record.kind());
    access.vptr = record.vptr();
    access.address = record.begin_of_access(granule);
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
  static std::uint64_t first_byte(const Meeting& meeting) {
    return meeting.granule + static_cast<unsigned>(std::countr_zero(meeting.overlap));
  }

  RaceCandidate make_candidate(const Meeting& meeting) const {
    RaceCandidate candidate;
    candidate.left = access_of(meeting.earlier, meeting.granule, meeting.overlap);
    candidate.right = access_of(meeting.later, meeting.begin, 1);
    candidate.right.size = meeting.size;
    const bool left_frees = meeting.earlier.kind() == ShadowKind::free;
    if (left_frees || meeting.later.kind() == ShadowKind::free) {
      candidate.block = meeting.freed;
    } else if (const Block* block = world.block_at(first_byte(meeting))) {
      candidate.block = *block;
    }
    if (left_frees && candidate.block.size != 0) candidate.left.size = candidate.block.size;
    return candidate;
  }

  void take(const Meeting& meeting, std::uint64_t step) {
    const Record &earlier = meeting.earlier, &later = meeting.later;
    if (earlier.kind() != ShadowKind::free && later.kind() != ShadowKind::free) {
      racing_tasks.insert(pair_of(earlier.task, later.task));
      racy_granules.insert(meeting.granule);
    }
    racy_places.insert(later.pc());
    if (!log.is_wanted(site_of_record(earlier), site_of_record(later), step)) return;
    log.keep(make_candidate(meeting), epoch_of(earlier), epoch_of(later), first_byte(meeting), step);
  }

  void observe(const Step& step, std::span<const Meeting> meetings) {
    ++step_number;
    if (step.event.op == trace::Op::alloc) give_out(step);
    if (meetings.empty()) return;
    ++racy_events;
    for (const Meeting& meeting : meetings) take(meeting, step_number);
  }
  void give_out(const Step& step) {
    const Event& event = step.event;
    const auto kind = static_cast<trace::MemoryKind>(event.arg);
    if (kind == trace::MemoryKind::heap || kind == trace::MemoryKind::mapping)
      log.give_out(event.object, event.value, order.clock(step.task));
  }

  void observe(const Stretch& stretch, std::span<const Meeting> meetings) {
    const Meeting* last = nullptr;
    for (const Meeting& meeting : meetings) {
      if (last == nullptr || last->access != meeting.access) ++racy_events;
      take(meeting, step_number + 1 + meeting.access);
      last = &meeting;
    }
    step_number += stretch.accesses.size();
  }
};

RaceDetector::RaceDetector(const World& world, const HappensBefore& order)
    : impl_(std::make_unique<Impl>(world, order)) {}
RaceDetector::~RaceDetector() = default;
void RaceDetector::observe(const Step& step) {
  impl_->found.clear();
  impl_->search.observe(step, impl_->found);
  impl_->observe(step, impl_->found);
}
void RaceDetector::observe(const Stretch& stretch) {
  impl_->found.clear();
  impl_->search.observe(stretch, impl_->found);
  impl_->observe(stretch, impl_->found);
}
bool RaceDetector::orders_more_than_shb(const Step& step) { return impl_->search.orders_more_than_shb(step); }
void RaceDetector::observe(const Step& step, std::span<const Meeting> meetings) { impl_->observe(step, meetings); }
void RaceDetector::observe(const Stretch& stretch, std::span<const Meeting> meetings) {
  impl_->observe(stretch, meetings);
}
std::uint64_t RaceDetector::racy_events() const { return impl_->racy_events; }
const GranuleSet& RaceDetector::racy_granules() const { return impl_->racy_granules; }
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
