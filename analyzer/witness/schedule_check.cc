#include "witness/schedule_check.h"

#include <algorithm>

namespace tenter::analysis {
namespace {

using trace::Op;

// A larger range is remembered as a step that nobody may race with or read from.
constexpr std::uint64_t largest_range_bytes = std::uint64_t{1} << 24;

}  // namespace

// ---- the run ------------------------------------------------------------------------------------------------

std::span<const ScheduleCheck::Part> ScheduleCheck::parts(const Fact& fact) const {
  const std::size_t count = fact.parts < 255 ? fact.parts : large_.at(fact.first_part);
  return {parts_.data() + fact.first_part, count};
}

std::vector<ScheduleCheck::Part> ScheduleCheck::parts_of(std::uint64_t address, std::uint64_t size) {
  std::vector<Part> found;
  for (std::uint64_t byte = address; byte < address + size;) {
    const std::uint64_t granule = byte / 8;
    const auto [at, is_new] = granules_.try_emplace(granule, static_cast<std::uint32_t>(written_.size()));
    if (is_new) written_.emplace_back();
    Part part{at->second, 0};
    for (; byte < address + size && byte / 8 == granule; ++byte) part.mask |= static_cast<std::uint8_t>(1u << byte % 8);
    found.push_back(part);
  }
  return found;
}

template <class Writers>
std::uint64_t ScheduleCheck::hash_of_writers(std::span<const Part> parts, Writers writers) const {
  std::uint64_t hash = 0x243f6a8885a308d3ull;
  for (const Part& part : parts) {
    const Bytes* bytes = writers(part.granule);
    for (unsigned i = 0; i < 8; ++i) {
      if ((part.mask >> i & 1) == 0) continue;
      hash = (hash ^ (bytes != nullptr ? (*bytes)[i] : 0u)) * 0x9e3779b97f4a7c15ull;
      hash ^= hash >> 29;
    }
  }
  return hash;
}

void ScheduleCheck::forget(std::uint64_t begin, std::uint64_t size) {
  if (size == 0 || size > ~begin) return;
  granules_.erase(granules_.lower_bound(begin / 8), granules_.lower_bound((begin + size + 7) / 8));
  locks_.erase(locks_.lower_bound(begin), locks_.lower_bound(begin + size));
}

std::uint32_t ScheduleCheck::lock_at(std::uint64_t address) {
  const auto [at, is_new] = locks_.try_emplace(address, locks_seen_);
  if (is_new) ++locks_seen_;
  return at->second;
}

void ScheduleCheck::access(const Step& step, Fact& fact, std::uint64_t size) {
  const std::uint64_t address = step.event.object;
  if (size == 0 || size > largest_range_bytes || size > ~address) return;
  const std::vector<Part> touched = parts_of(address, size);
  fact.first_part = static_cast<std::uint32_t>(parts_.size());
  fact.parts = static_cast<std::uint8_t>(std::min<std::size_t>(touched.size(), 255));
  if (fact.parts == 255) large_[fact.first_part] = static_cast<std::uint32_t>(touched.size());
  parts_.insert(parts_.end(), touched.begin(), touched.end());
  if (fact.kind == Kind::read || fact.kind == Kind::modify)
    fact.seen = hash_of_writers(touched, [&](std::uint32_t granule) { return &written_[granule]; });
  if (fact.kind == Kind::read) return;
  for (const Part& part : touched) {
    for (unsigned i = 0; i < 8; ++i)
      if ((part.mask >> i & 1) != 0) written_[part.granule][i] = static_cast<std::uint32_t>(facts_.size() + 1);
  }
}

// The recording does not say who held a lock that seems free while an attempt on it fails: somebody who was about to tell. Such an
// attempt stays behind the release before it, and before the acquire after it.
void ScheduleCheck::keep_neighbours(const Event& event, Fact& fact) {
  if (event.op != Op::lock_acquire && event.op != Op::lock_release && event.op != Op::lock_look) return;
  const std::uint32_t lock = lock_at(event.object);
  const SyncRules::Rule own = scratch_.member_of.back();
  const SyncRules::Rule done{own.track, own.number + 1};
  const auto needs = [&](const SyncRules::Rule& rule) {
    if (rule.number != 0) scratch_.needs.push_back(rule);
  };
  if (event.op == Op::lock_look) {
    if (keeps_out(held_[lock], fact.shared)) return;
    Neighbours& mine = neighbours_[lock];
    needs(mine.released);
    needs(mine.refused);
    mine.refused = done;
  } else if (event.op == Op::lock_release) {
    neighbours_[lock].released = done;
  } else if (const auto mine = neighbours_.find(lock); mine != neighbours_.end() && mine->second.refused.number != 0) {
    needs(mine->second.refused);
    fact.waits_without_last_need = true;
  }
}

void ScheduleCheck::observe(const Step& step) {
  const Event& event = step.event;
  Fact fact;
  fact.task = step.task;
  if (event.op == Op::alloc) {
    sizes_[event.object] = event.value;
    forget(event.object, event.value);
  }
  if (sync_.observe(step, scratch_)) {
    fact.kind = Kind::other;
    fact.shared = (event.flags & trace::LockFlag::shared) != 0;
    keep_neighbours(event, fact);
    fact.first_rule = static_cast<std::uint32_t>(rules_.size());
    fact.needs = static_cast<std::uint16_t>(scratch_.needs.size());
    fact.memberships = static_cast<std::uint16_t>(scratch_.member_of.size());
    rules_.insert(rules_.end(), scratch_.needs.begin(), scratch_.needs.end());
    rules_.insert(rules_.end(), scratch_.member_of.begin(), scratch_.member_of.end());
    fact.attempt = event.op == Op::lock_acquire && (event.flags & trace::LockFlag::attempt) != 0;
    switch (event.op) {
      case Op::access_range:
        fact.kind = is_write(event) ? Kind::write : Kind::read;
        access(step, fact, event.value);
        break;
      case Op::atomic_load:
      case Op::atomic_store:
      case Op::atomic_rmw:
        fact.kind = event.op == Op::atomic_load    ? Kind::read
                    : event.op == Op::atomic_store ? Kind::write
                                                   : Kind::modify;
        fact.atomic = true;
        access(step, fact, event.arg);
        break;
      case Op::free: {
        fact.kind = Kind::free;
        const auto known = sizes_.find(event.object);
        const std::uint64_t size = event.value != 0 ? event.value : known != sizes_.end() ? known->second : 0;
        const auto kind = static_cast<trace::MemoryKind>(event.arg);
        // A stack goes to the next thread without anybody's leave.
        if (kind == trace::MemoryKind::heap || kind == trace::MemoryKind::mapping) access(step, fact, size);
        forget(event.object, size);
        break;
      }
      case Op::lock_create:
      case Op::lock_destroy: locks_.erase(event.object); break;
      case Op::lock_acquire: {
        fact.kind = Kind::lock;
        fact.lock = lock_at(event.object);
        Holding& now = held_[fact.lock];
        ++(fact.shared ? now.readers : now.writers);
        break;
      }
      case Op::lock_release: {
        fact.kind = Kind::unlock;
        fact.lock = lock_at(event.object);
        Holding& now = held_[fact.lock];
        std::uint32_t& holders = fact.shared ? now.readers : now.writers;
        // It was held when the run began.
        if (holders == 0) ++(fact.shared ? held_at_start_[fact.lock].readers : held_at_start_[fact.lock].writers);
        else --holders;
        break;
      }
      case Op::lock_look:
        fact.lock = lock_at(event.object);
        if (keeps_out(held_[fact.lock], fact.shared)) fact.kind = Kind::refusal;
        break;
      default: break;
    }
  }
  facts_.push_back(fact);
}

// ---- a schedule -----------------------------------------------------------------------------------------------------

struct ScheduleCheck::Replay {
  explicit Replay(const ScheduleCheck& the_check)
      : check(the_check), done(the_check.sync_.tracks()), held(the_check.held_at_start_) {}

  const ScheduleCheck& check;
  std::vector<std::vector<bool>> done;                                            // by track: which of its steps
  std::vector<std::uint32_t> unbroken = std::vector<std::uint32_t>(done.size());  // how many from the first on
  std::unordered_map<std::uint32_t, Holding> held;
  std::unordered_map<std::uint32_t, Bytes> written;  // by granule

  // Who took it and has not given it back; of those, first whoever gives it back himself.
  struct Holder {
    TaskId task{};
    bool shared = false;
  };
  std::unordered_map<std::uint32_t, std::vector<Holder>> holders_of;
  void note_holder(const Fact& fact) {
    std::vector<Holder>& all = holders_of[fact.lock];
    if (fact.kind == Kind::lock) {
      all.push_back({fact.task, fact.shared});
      return;
    }
    const auto own = std::find_if(
        all.begin(), all.end(), [&](const Holder& one) { return one.task == fact.task && one.shared == fact.shared; });
    if (own != all.end()) all.erase(own);
    else std::erase_if(all, [&](const Holder& one) { return one.shared == fact.shared; });
  }
  bool holds_against(TaskId task, const Fact& wanting) const {
    const auto at = holders_of.find(wanting.lock);
    return at != holders_of.end() && std::any_of(at->second.begin(), at->second.end(), [&](const Holder& one) {
             return one.task == task && !(one.shared && wanting.shared);
           });
  }

  // One of its needs may be left open where `lost`: that its condition has come as far as in the run.
  const char* before(const Fact& fact, bool lost = false) {
    if (fact.kind == Kind::nothing) return "it is none that a schedule can name";
    unsigned open = lost ? 1 : 0;
    for (unsigned i = 0; i < fact.needs - (fact.waits_without_last_need ? 1u : 0u); ++i) {
      const SyncRules::Rule& need = check.rules_[fact.first_rule + i];
      if (unbroken[need.track] < need.number && open-- == 0) return "something that it needs has not been done";
    }
    return nullptr;
  }

  const char* perform(const Fact& fact, std::uint32_t step) {
    if (fact.kind == Kind::read || fact.kind == Kind::modify) {
      const std::uint64_t sees = check.hash_of_writers(check.parts(fact), [&](std::uint32_t granule) {
        const auto at = written.find(granule);
        return at == written.end() ? nullptr : &at->second;
      });
      if (sees != fact.seen && fact.parts != 0) return "it would read what another step wrote";
    }
    if (fact.kind == Kind::write || fact.kind == Kind::modify || fact.kind == Kind::free) {
      for (const Part& part : check.parts(fact)) {
        Bytes& bytes = written.try_emplace(part.granule).first->second;
        for (unsigned i = 0; i < 8; ++i)
          if ((part.mask >> i & 1) != 0) bytes[i] = step + 1;
      }
    }
    if (fact.waits_without_last_need) {
      const SyncRules::Rule& need = check.rules_[fact.first_rule + fact.needs - 1u];
      if (unbroken[need.track] < need.number) return "an attempt that failed before it has not been made";
    }
    if (fact.kind == Kind::lock) {
      Holding& lock = held[fact.lock];
      if (keeps_out(lock, fact.shared)) return "the lock is not free";
      ++(fact.shared ? lock.readers : lock.writers);
    }
    if (fact.kind == Kind::refusal && !keeps_out(held[fact.lock], fact.shared))
      return "the lock is free, and the attempt would not fail";
    if (fact.kind == Kind::unlock) {
      Holding& lock = held[fact.lock];
      std::uint32_t& holders = fact.shared ? lock.readers : lock.writers;
      if (holders == 0) return "nobody holds the lock";
      --holders;
    }
    for (unsigned i = 0; i < fact.memberships; ++i) {
      const SyncRules::Rule& member = check.rules_[fact.first_rule + fact.needs + i];
      std::vector<bool>& row = done[member.track];
      if (row.size() <= member.number) row.resize(member.number + 1);
      if (row[member.number]) return "it is done a second time";
      row[member.number] = true;
      while (unbroken[member.track] < row.size() && row[unbroken[member.track]]) ++unbroken[member.track];
    }
    return nullptr;
  }
};

bool ScheduleCheck::race(const Fact& left, const Fact& right) const {
  const auto accesses = [](const Fact& fact) { return fact.kind >= Kind::read && fact.kind <= Kind::free; };
  if (!accesses(left) || !accesses(right) || left.task == right.task) return false;
  if ((left.kind == Kind::read && right.kind == Kind::read) || (left.atomic && right.atomic)) return false;
  for (const Part& a : parts(left))
    for (const Part& b : parts(right))
      if (a.granule == b.granule && (a.mask & b.mask) != 0) return true;
  return false;
}

namespace {

std::string objection(std::uint32_t step, const char* why) {
  return "Step " + std::to_string(step) + " cannot be the next: " + why + ".";
}

}  // namespace

// All but the last `next` steps are done; those could each be next: none of them is done, and what they read does not matter.
std::string ScheduleCheck::follow(std::span<const std::uint32_t> schedule, std::size_t next, Replay& replay,
                                  std::uint32_t lost) const {
  for (std::size_t i = 0; i < schedule.size(); ++i) {
    const std::uint32_t step = schedule[i];
    if (step >= facts_.size()) return objection(step, "the run has no such step");
    const Fact& fact = facts_[step];
    if (const char* why = replay.before(fact, step == lost)) return objection(step, why);
    if (i + next >= schedule.size()) continue;
    if (const char* why = replay.perform(fact, step)) return objection(step, why);
    if (fact.kind == Kind::lock || fact.kind == Kind::unlock) replay.note_holder(fact);
  }
  return {};
}

std::string ScheduleCheck::refute(std::span<const std::uint32_t> schedule) const {
  if (schedule.size() < 2) return "A schedule ends with the two steps of a race.";
  Replay replay(*this);
  if (std::string why = follow(schedule, 2, replay); !why.empty()) return why;
  if (!race(facts_[schedule[schedule.size() - 2]], facts_[schedule.back()]))
    return "The last two steps do not conflict.";
  return {};
}

std::string ScheduleCheck::refute_order(std::span<const std::uint32_t> schedule, std::uint32_t lost) const {
  Replay replay(*this);
  return follow(schedule, 0, replay, lost);
}

std::string ScheduleCheck::refute_deadlock(std::span<const std::uint32_t> schedule, std::size_t waiting) const {
  if (waiting < 2 || schedule.size() < waiting) return "A schedule ends with the steps that wait for each other.";
  Replay replay(*this);
  if (std::string why = follow(schedule, waiting, replay); !why.empty()) return why;
  const auto last = schedule.last(waiting);
  for (std::size_t i = 0; i < waiting; ++i) {
    const Fact& fact = facts_[last[i]];
    if (fact.kind != Kind::lock || fact.attempt) return objection(last[i], "it waits for no lock");
    if (!replay.holds_against(facts_[last[(i + 1) % waiting]].task, fact))
      return "Step " + std::to_string(last[i]) + " does not wait for the task of the step after it.";
    for (std::size_t j = 0; j < i; ++j)
      if (facts_[last[j]].task == fact.task) return "One task cannot wait twice.";
  }
  return {};
}

}  // namespace tenter::analysis
