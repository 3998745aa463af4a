#include "predict/pairs.h"

#include <algorithm>

namespace tenter::analysis {

bool Exclusion::excludes(LockSetId a, LockSetId b) {
  if (a == no_locks || b == no_locks) return false;
  const auto [at, is_new] = known_.try_emplace(std::uint64_t{index(a)} << 32 | index(b), false);
  if (!is_new) return at->second;
  return at->second = keep_out(locks_.locks(a), locks_.locks(b),
                               [&](std::uint64_t lock) { return table_.doubtful_locks().contains(lock); });
}

bool Exclusion::excludes(const AccessGroup& a, const AccessGroup& b) {
  return std::all_of(a.held.begin(), a.held.end(), [&](LockSetId one) {
    return std::all_of(b.held.begin(), b.held.end(), [&](LockSetId other) { return excludes(one, other); });
  });
}

std::vector<AccessGroup> groups_of(const TraceTable& table, const std::vector<std::uint32_t>& cell) {
  const std::vector<TableEvent>& events = table.events();
  bool several = false, written = false;
  for (const std::uint32_t event : cell) {
    several = several || events[event].task != events[cell.front()].task;
    written = written || events[event].writes();
  }
  if (!several || !written) return {};
  const auto key = [](const TableEvent& event) {
    return std::uint64_t{event.task} << 32 | static_cast<unsigned>(event.mask) << 8 |
           static_cast<unsigned>(event.is(TableEvent::threads_own)) << 2 | static_cast<unsigned>(event.writes()) << 1 |
           static_cast<unsigned>(event.is(TableEvent::atomic));
  };
  std::map<std::uint64_t, AccessGroup> groups;
  for (const std::uint32_t event : cell) {
    if (events[event].is(TableEvent::unwatched)) continue;
    AccessGroup& group = groups[key(events[event])];
    group.task = events[event].task;
    group.events.push_back(event);
    const LockSetId held = events[event].held;
    // Looked for from the end: neighbours mostly hold the same.
    if (std::find(group.held.rbegin(), group.held.rend(), held) == group.held.rend()) group.held.push_back(held);
  }
  std::vector<AccessGroup> all;
  for (auto& [number, group] : groups) all.push_back(std::move(group));
  return all;
}

Found::Found(const TraceTable& table, Predictions so_far) : table_(table), found_(std::move(so_far)) {
  found_.racy.resize(table.events().size());
  for (const Site& site : found_.later_places) later_.insert({site.pc, index(site.callers)});
  for (const PredictedRace& race : found_.races) {
    pairs_.insert(std::minmax(place(table.events()[race.left]), place(table.events()[race.right])));
  }
}

bool Found::add(std::uint32_t left, std::uint32_t right) {
  const TableEvent& later = table_.events()[right];
  if (!found_.racy[right]) {
    found_.racy[right] = true;
    // One step may be several events, one for each cell that it touches; they lie side by side.
    bool counted = false;
    for (std::uint32_t i = right; i-- > 0 && table_.events()[i].step == later.step;)
      counted = counted || found_.racy[i];
    for (std::uint32_t i = right + 1; i < table_.events().size() && table_.events()[i].step == later.step; ++i)
      counted = counted || found_.racy[i];
    if (!counted) ++found_.racy_events;
    if (later_.insert(place(later)).second) found_.later_places.push_back(later.where);
  }
  return pairs_.insert(std::minmax(place(table_.events()[left]), place(later))).second;
}

}  // namespace tenter::analysis
