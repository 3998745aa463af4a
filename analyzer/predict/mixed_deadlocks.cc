// For each wait under a lock: which tasks did something meanwhile without which it would not have ended, and did one of them
// take the lock before that? Then let it not have taken it yet.
#include "predict/mixed_deadlocks.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "predict/closed_ideal.h"
#include "predict/continuation.h"
#include "predict/held_acquires.h"

namespace tenter::analysis {
namespace {

constexpr std::size_t most_of_a_kind = 3;  // candidates for each three places
constexpr std::size_t most_moments = 4;    // acquires of one task that are tried for one wait

using Place = std::pair<std::uint64_t, std::uint32_t>;
Place place_of(const TableEvent& event) { return {event.where.pc, index(event.where.callers)}; }

class Engine {
 public:
  Engine(const TraceTable& table, std::uint64_t most_work)
      : table_(table), ideal_(table), continuation_(table), anybodys_(locks_of_anybody(table)), most_work_(most_work) {
    for (std::uint32_t i = 0; i < table.events().size(); ++i) {
      const TableEvent& event = table.events()[i];
      if (event.kind == EventKind::acquire) acquires_[{event.task, event.object}].push_back(i);
    }
  }

  MixedDeadlocks run() {
    HeldAcquires held(table_);
    for (std::uint32_t i = 0; i < table_.events().size() && !outcome_.gave_up; ++i) {
      const TableEvent& event = table_.events()[i];
      if (event.is(TableEvent::waits) && event.kind == EventKind::other)
        for (const std::uint32_t acquire : held.of(event.task)) look_at(i, acquire);
      held.observe(i);
    }
    return std::move(outcome_);
  }

 private:
  bool spend() {
    if (++work_ + ideal_.work() + continuation_.work() > most_work_) outcome_.gave_up = true;
    return !outcome_.gave_up;
  }

  void look_at(std::uint32_t waiting, std::uint32_t held) {
    const TableEvent& wait = table_.events()[waiting];
    const TableEvent& lock = table_.events()[held];
    if (anybodys_[lock.object]) return;
    const auto before = table_.others_before(wait), until = table_.others_until(wait);
    for (std::uint16_t task = 0; task < until.size() && spend(); ++task) {
      const std::uint32_t from = task < before.size() ? before[task] : 0;
      if (task == wait.task || until[task] <= from) continue;
      const auto mine = acquires_.find({task, lock.object});
      if (mine == acquires_.end()) continue;
      std::size_t tried = 0;
      for (const std::uint32_t wanted : mine->second) {
        const TableEvent& acquire = table_.events()[wanted];
        if (acquire.position < from) continue;
        if (acquire.position >= until[task] || tried++ == most_moments) break;
        if (acquire.is(TableEvent::attempt)) continue;
        if (acquire.is(TableEvent::shared) && lock.is(TableEvent::shared)) continue;
        if (try_out(waiting, held, wanted)) break;
      }
    }
  }

  // Both next, and the lock not given back.
  bool try_out(std::uint32_t waiting, std::uint32_t held, std::uint32_t wanted) {
    const auto& events = table_.events();
    std::size_t& known = known_[{place_of(events[held]), place_of(events[waiting]), place_of(events[wanted])}];
    if (known == most_of_a_kind || !spend()) return true;
    ideal_.clear();
    ideal_.add_before(waiting);
    ideal_.add_before(wanted);
    if (!ideal_.close() || ideal_.contains(waiting) || ideal_.contains(wanted)) return false;
    ++known;
    MixedDeadlock deadlock{held, waiting, wanted, continuation_.of(ideal_.frontier())};
    const auto is_done = [&](std::uint32_t event) {
      return std::ranges::any_of(deadlock.schedule,
                                 [&](std::uint32_t one) { return events[one].step == events[event].step; });
    };
    if (is_done(waiting) || is_done(wanted)) return false;
    outcome_.found.push_back(std::move(deadlock));
    return true;
  }

  const TraceTable& table_;
  ClosedIdeal ideal_;
  Continuation continuation_;
  const std::vector<bool> anybodys_;
  std::map<std::pair<std::uint16_t, std::uint32_t>, std::vector<std::uint32_t>> acquires_;  // by task and lock
  std::map<std::tuple<Place, Place, Place>, std::size_t> known_;
  std::uint64_t most_work_, work_ = 0;
  MixedDeadlocks outcome_;
};

}  // namespace

MixedDeadlocks predict_mixed_deadlocks(const TraceTable& table, std::uint64_t most_work) {
  return Engine(table, most_work).run();
}

}  // namespace tenter::analysis
