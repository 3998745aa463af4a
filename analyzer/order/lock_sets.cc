#include "order/lock_sets.h"

#include <algorithm>

namespace tenter::analysis {

LockSets::LockSets() { keep({}, no_locks); }

LockSetId LockSets::keep(std::vector<Lock> locks, LockSetId otherwise) {
  if (const auto known = ids_.find(locks); known != ids_.end()) return known->second;
  if (members_ + locks.size() > max_members) return otherwise;
  members_ += locks.size();
  const LockSetId id{static_cast<std::uint32_t>(sets_.size())};
  const auto entry = ids_.emplace(std::move(locks), id).first;
  sets_.push_back(&entry->first);
  return id;
}

LockSetId LockSets::intern(const std::vector<HeldLock>& held) {
  std::vector<Lock> locks;
  locks.reserve(held.size());
  for (const HeldLock& lock : held) locks.emplace_back(lock.lock, lock.shared);
  std::sort(locks.begin(), locks.end());
  locks.erase(std::unique(locks.begin(), locks.end()), locks.end());
  return keep(std::move(locks), no_locks);
}

LockSetId LockSets::result_of(const Change& change) {
  if (const auto known = changes_.find(change); known != changes_.end()) return known->second;
  std::vector<Lock> locks = this->locks(change.from);
  const Lock lock{change.lock, change.shared};
  const auto place = std::lower_bound(locks.begin(), locks.end(), lock);
  const bool is_there = place != locks.end() && *place == lock;
  if (change.added && !is_there) locks.insert(place, lock);
  if (!change.added && is_there) locks.erase(place);
  const LockSetId result = keep(std::move(locks), change.added ? change.from : no_locks);
  changes_.emplace(change, result);
  return result;
}

void LockSets::append(const std::vector<Lock>& next) { keep(next, no_locks); }

const std::vector<LockSets::Lock>& LockSets::locks(LockSetId set) const { return *sets_[index(set)]; }

}  // namespace tenter::analysis
