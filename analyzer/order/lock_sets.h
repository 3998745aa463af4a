// LockSets gives every distinct set of held locks a number, so that a remembered access can say in four bytes which it held.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include "order/site.h"

namespace tenter::analysis {

struct HeldLock {
  std::uint64_t lock = 0;
  bool shared = false;
  Site where;               // of the acquire
  std::uint32_t depth = 1;  // recursive acquires
};

// Distinct sets of held locks, each kept once. Taking a lock and giving it back costs a look-up, not a sort.
// Memory is bounded: when all sets together hold max_members locks, a set that would be new stays the smaller one
// that it extends.
class LockSets {
 public:
  using Lock = std::pair<std::uint64_t, bool>;  // address, shared
  static constexpr std::size_t max_members = std::size_t{1} << 22;

  LockSets();
  LockSetId intern(const std::vector<HeldLock>& held);
  LockSetId with(LockSetId set, Lock lock) { return changed({lock.first, set, lock.second, true}); }
  LockSetId without(LockSetId set, Lock lock) { return changed({lock.first, set, lock.second, false}); }
  // Takes over the next set of another object, to answer of the sets as it does: all of them, in their order.
  void append(const std::vector<Lock>& next);
  // (lock address, shared), sorted by address.
  const std::vector<Lock>& locks(LockSetId set) const;
  std::size_t size() const { return sets_.size(); }

 private:
  struct Change {
    std::uint64_t lock = 0;
    LockSetId from = no_locks;
    bool shared = false, added = false;
    bool operator==(const Change&) const = default;
  };
  struct ChangeHash {
    std::size_t operator()(const Change& change) const {
      const std::uint64_t bits =
          (std::uint64_t{index(change.from)} << 2) | (std::uint64_t{change.shared} << 1) | change.added;
      return static_cast<std::size_t>((change.lock ^ bits * 0x9e3779b97f4a7c15ull) * 0xff51afd7ed558ccdull >> 17);
    }
  };
  LockSetId keep(std::vector<Lock> locks, LockSetId otherwise);
  LockSetId changed(const Change& change) {
    Recent& recent = recent_[ChangeHash{}(change) % recent_.size()];
    if (recent.change != change) recent = {change, result_of(change)};
    return recent.result;
  }
  LockSetId result_of(const Change& change);

  std::vector<const std::vector<Lock>*> sets_;  // keys of ids_, which stay where they are
  std::map<std::vector<Lock>, LockSetId> ids_;
  std::unordered_map<Change, LockSetId, ChangeHash> changes_;  // what with() and without() answered before
  struct Recent {
    Change change;  // at first, that the empty set loses a lock
    LockSetId result = no_locks;
  };
  std::array<Recent, 64> recent_;
  std::size_t members_ = 0;
};

// Have two sets a lock in common that is not shared by both, and that `left_out(address)` does not leave out?
// Then whoever holds one keeps out who holds the other.
template <class F>
bool keep_out(const std::vector<LockSets::Lock>& a, const std::vector<LockSets::Lock>& b, F left_out) {
  return std::ranges::any_of(a, [&](const LockSets::Lock& one) {
    return std::ranges::any_of(b, [&](const LockSets::Lock& two) {
      return one.first == two.first && !(one.second && two.second) && !left_out(one.first);
    });
  });
}

}  // namespace tenter::analysis
