// For one group of later accesses and the earlier accesses of another task that conflict with them, both are walked once. The
// ideal grows with each step of either walk and never has to shrink: what must come before a pair must come before all
// later pairs (POPL 2021, section 4.3). Invariant: the ideal is closed. Of two critical sections of one lock in it, not both
// shared, the earlier one is in it to its end.
#include "predict/closed_ideal.h"
#include "predict/pairs.h"
#include "predict/prediction.h"

namespace tenter::analysis {
namespace {

class Engine {
 public:
  Engine(const TraceTable& table, const LockSets& locks, std::uint64_t most_work)
      : table_(table), exclusion_(table, locks), ideal_(table), most_work_(most_work), found_(table, {}) {}

  Predictions run() {
    for (const std::vector<std::uint32_t>& cell : table_.cells()) {
      const std::vector<AccessGroup> groups = groups_of(table_, cell);
      for (const AccessGroup& later : groups) {
        for (const AccessGroup& earlier : groups) {
          if (earlier.task == later.task || !conflicting(first(earlier), first(later))) continue;
          if (++work_ + ideal_.work() > most_work_) {
            found_.give_up();
            return found_.take();
          }
          if (!exclusion_.excludes(earlier, later)) walk(earlier, later);
        }
      }
    }
    return found_.take();
  }

 private:
  const TableEvent& first(const AccessGroup& group) const { return table_.events()[group.events.front()]; }

  void walk(const AccessGroup& earlier, const AccessGroup& later) {
    ideal_.clear();
    std::size_t at = 0;
    for (const std::uint32_t right : later.events) {
      ++work_;
      if (earlier.events[at] > right) continue;
      ideal_.add_before(right);
      for (; at < earlier.events.size() && earlier.events[at] < right; ++at) {
        const std::uint32_t left = earlier.events[at];
        ++work_;
        if (ideal_.contains(left)) continue;
        ideal_.add_before(left);
        if (!ideal_.close()) return;
        if (ideal_.contains(right)) break;
        if (ideal_.contains(left)) continue;
        if (found_.add(left, right)) found_.keep({left, right, ideal_.frontier(), {}});
        break;
      }
      if (at == earlier.events.size()) return;
    }
  }

  const TraceTable& table_;
  Exclusion exclusion_;
  ClosedIdeal ideal_;
  std::uint64_t most_work_, work_ = 0;
  Found found_;
};

}  // namespace

Predictions predict_sync_preserving(const TraceTable& table, const LockSets& locks, std::uint64_t most_work) {
  return Engine(table, locks, most_work).run();
}

}  // namespace tenter::analysis
