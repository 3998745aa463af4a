// For a pair, what must come before it is closed under: a critical section that has begun ends, unless its end needs one of
// the pair. Those that stay open must be the last of their locks. If one of them was not the last in the run, it is asked
// (Linearizer) whether it can be, with all else as it was.
//
// Invariant: for one later access the set only grows from one earlier access of a task to the next, so a walk over them shares it.
#include <algorithm>

#include "predict/ideal.h"
#include "predict/linearize.h"
#include "predict/pairs.h"
#include "predict/prediction.h"

namespace tenter::analysis {
namespace {

class Engine {
 public:
  Engine(const TraceTable& table, const LockSets& locks, std::uint32_t window, Predictions known,
         std::uint64_t most_work)
      : table_(table),
        exclusion_(table, locks),
        ideal_(table),
        linearizer_(table),
        locks_(table.locks().size()),
        window_(window == 0 ? UINT32_MAX : window),
        most_work_(most_work),
        found_(table, std::move(known)) {}

  Predictions run() {
    for (const std::vector<std::uint32_t>& cell : table_.cells()) {
      const std::vector<AccessGroup> groups = groups_of(table_, cell);
      for (const AccessGroup& later : groups) {
        for (const AccessGroup& earlier : groups) {
          if (earlier.task == later.task || !conflicting(event(earlier.events.front()), event(later.events.front())))
            continue;
          if (exclusion_.excludes(earlier, later)) continue;
          for (const std::uint32_t right : later.events) {
            if (++work_ + ideal_.work() + linearizer_.work() > most_work_) {
              found_.give_up();
              return found_.take();
            }
            if (!found_.racy(right)) walk(earlier, right);
          }
        }
      }
    }
    return found_.take();
  }

 private:
  struct Lock {
    std::uint64_t walk = 0;
    std::uint32_t newest = 0, newest_exclusive = 0;  // 1 + the acquire; 0: none
    std::uint32_t open = 0, open_exclusive = 0;
  };
  const TableEvent& event(std::uint32_t number) const { return table_.events()[number]; }

  // Would the set that ends this critical section hold the access?
  bool end_needs(std::uint32_t release, std::uint32_t access) const {
    const TableEvent& needed = event(access);
    if (event(release).task == needed.task) return event(release).position >= needed.position;
    const auto before = table_.others_until(event(release));
    return needed.task < before.size() && before[needed.task] > needed.position;
  }

  Lock& lock_of(std::uint32_t acquire) {
    Lock& lock = locks_[event(acquire).object];
    if (lock.walk != walk_) lock = {walk_, 0, 0, 0, 0};
    return lock;
  }

  void close(std::uint32_t left, std::uint32_t right) {
    for (bool grows = true; grows;) {
      grows = false;
      for (std::uint32_t acquire; (acquire = ideal_.next_acquire()) != no_event;) {
        Lock& lock = lock_of(acquire);
        lock.newest = std::max(lock.newest, acquire + 1);
        if (!event(acquire).is(TableEvent::shared))
          lock.newest_exclusive = std::max(lock.newest_exclusive, acquire + 1);
        open_.push_back(acquire);
      }
      std::size_t kept = 0;
      for (const std::uint32_t acquire : open_) {
        const std::uint32_t release = event(acquire).partner;
        if (release == no_event ||
            (!ideal_.contains(release) && (end_needs(release, left) || end_needs(release, right)))) {
          open_[kept++] = acquire;
        } else if (!ideal_.contains(release)) {
          ideal_.add(release);
          grows = true;
        }
      }
      open_.resize(kept);
    }
  }

  bool has_order() {
    for (const std::uint32_t acquire : open_) {
      Lock& lock = lock_of(acquire);
      lock.open = lock.open_exclusive = 0;
    }
    std::uint32_t from = no_event;
    late_.clear();
    for (const std::uint32_t acquire : open_) {
      Lock& lock = lock_of(acquire);
      const bool shared = event(acquire).is(TableEvent::shared);
      ++lock.open;
      if (!shared) ++lock.open_exclusive;
      if (lock.open > 1 && lock.open_exclusive > 0) return false;
      if (acquire + 1 >= (shared ? lock.newest_exclusive : lock.newest)) continue;
      from = std::min(from, acquire);
    }
    if (from == no_event) return true;
    late_ = open_;
    std::sort(late_.begin(), late_.end());
    return linearizer_.find(ideal_.frontier(), late_, late_.front(), nullptr);
  }

  void walk(const AccessGroup& earlier, std::uint32_t right) {
    ideal_.clear();
    open_.clear();
    ++walk_;
    ideal_.add_before(right);
    const std::uint32_t oldest = right > window_ ? right - window_ : 0;
    auto at = std::lower_bound(earlier.events.begin(), earlier.events.end(), oldest);
    for (; at != earlier.events.end() && *at < right; ++at) {
      const std::uint32_t left = *at;
      ++work_;
      if (ideal_.contains(left) || exclusion_.excludes(event(left).held, event(right).held)) continue;
      ideal_.add_before(left);
      close(left, right);
      if (ideal_.contains(right)) return;
      if (ideal_.contains(left) || !has_order()) continue;
      if (found_.add(left, right)) found_.keep({left, right, ideal_.frontier(), late_});
      return;
    }
  }

  const TraceTable& table_;
  Exclusion exclusion_;
  Ideal ideal_;
  Linearizer linearizer_;
  std::vector<Lock> locks_;
  std::uint64_t walk_ = 0;
  std::vector<std::uint32_t> open_, late_;
  std::uint32_t window_;
  std::uint64_t most_work_, work_ = 0;
  Found found_;
};

}  // namespace

Predictions predict_lock_reversal(const TraceTable& table, const LockSets& locks, std::uint32_t window,
                                  Predictions known, std::uint64_t most_work) {
  return Engine(table, locks, window, std::move(known), most_work).run();
}

std::vector<std::uint32_t> schedule_of(const TraceTable& table, const PredictedRace& race) {
  std::vector<std::uint32_t> order;
  const std::uint32_t from =
      race.opened_late.empty() ? static_cast<std::uint32_t>(table.events().size()) : race.opened_late.front();
  Linearizer(table).find(race.before, race.opened_late, from, &order);
  order.push_back(race.left);
  order.push_back(race.right);
  return order;
}

}  // namespace tenter::analysis
