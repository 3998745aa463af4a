#include "predict/continuation.h"

#include <algorithm>
#include <functional>
#include <queue>

namespace tenter::analysis {

Continuation::Continuation(const TraceTable& table)
    : table_(table), cells_(table.cells().size()), locks_(table.locks().size()), done_(table.tasks()) {}

// The event is the first of its step.
bool Continuation::can_be_next(std::uint32_t event) {
  const std::vector<TableEvent>& events = table_.events();
  const TableEvent& one = events[event];
  const auto before = table_.others_until(one);
  work_ += before.size() + 1;
  for (std::size_t task = 0; task < before.size(); ++task) {
    if (task != one.task && done_[task] < before[task]) return false;
  }
  if (one.kind == EventKind::acquire) {
    const Lock& lock = fresh(locks_, one.object);
    return lock.writers == 0 && (one.is(TableEvent::shared) || lock.readers == 0);
  }
  for (std::uint32_t i = event; i < events.size() && events[i].step == one.step; ++i) {
    const TableEvent& part = events[i];
    if (!part.accesses()) continue;
    const Cell& cell = fresh(cells_, part.object);
    if (part.place < (part.writes() ? cell.accessed : cell.written)) return false;
  }
  return true;
}

void Continuation::perform(std::uint32_t event) {
  const std::vector<TableEvent>& events = table_.events();
  const TableEvent& one = events[event];
  ++done_[one.task];
  order_.push_back(event);
  if (one.kind == EventKind::acquire || one.kind == EventKind::release) {
    Lock& lock = fresh(locks_, one.object);
    std::uint32_t& holders = one.is(TableEvent::shared) ? lock.readers : lock.writers;
    if (one.kind == EventKind::acquire) ++holders;
    else if (holders > 0) --holders;
  }
  for (std::uint32_t i = event; i < events.size() && events[i].step == one.step; ++i) {
    ++work_;
    const TableEvent& part = events[i];
    if (!part.accesses()) continue;
    Cell& cell = fresh(cells_, part.object);
    cell.accessed = std::max(cell.accessed, part.place + 1);
    if (part.writes()) cell.written = std::max(cell.written, part.place + 1);
  }
}

std::vector<std::uint32_t> Continuation::of(const Frontier& set, const std::vector<std::uint32_t>& forced,
                                            std::uint32_t held_back) {
  ++walk_;
  order_.clear();
  std::fill(done_.begin(), done_.end(), 0);
  work_ += table_.events().size() / 8;
  for (std::uint32_t event = 0; event < table_.events().size(); ++event) {
    const TableEvent& one = table_.events()[event];
    if (one.position < set[one.task] && table_.events_of(one.task)[one.position] == event) perform(event);
  }
  for (const std::uint32_t event : forced) perform(event);
  std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, std::greater<>> next;  // by place in the run
  const auto look_at = [&](std::size_t task) {
    if (done_[task] < table_.events_of(task).size()) next.push(table_.events_of(task)[done_[task]]);
  };
  for (std::size_t task = 0; task < done_.size(); ++task) look_at(task);
  std::vector<std::uint32_t> blocked;
  while (!next.empty()) {
    const std::uint32_t event = next.top();
    next.pop();
    if (event == held_back || !can_be_next(event)) {
      blocked.push_back(event);
      continue;
    }
    perform(event);
    look_at(table_.events()[event].task);
    for (const std::uint32_t other : blocked) next.push(other);
    blocked.clear();
  }
  return std::move(order_);
}

}  // namespace tenter::analysis
