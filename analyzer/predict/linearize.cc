#include "predict/linearize.h"

#include <algorithm>
#include <functional>
#include <queue>

namespace tenter::analysis {

Linearizer::Linearizer(const TraceTable& table)
    : table_(table), done_(table.tasks()), cells_(table.cells().size()), locks_(table.locks().size()) {}

bool Linearizer::is_late(std::uint32_t event) const {
  return std::find(late_->begin(), late_->end(), event) != late_->end();
}

// Nobody has to wait for this critical section any more.
bool Linearizer::passed(std::uint32_t acquire) const {
  if (!in_set(acquire) || is_late(acquire)) return true;
  const std::uint32_t release = table_.events()[acquire].partner;
  return release == no_event || done(release);
}

bool Linearizer::access_can_be_next(const TableEvent& event) {
  const std::vector<std::uint32_t>& cell = table_.cells()[event.object];
  Progress& progress = cells_[event.object];
  if (progress.search != search_) {
    progress.search = search_;
    progress.all = progress.strong =
        static_cast<std::uint32_t>(std::lower_bound(cell.begin(), cell.end(), from_) - cell.begin());
  }
  const auto over = [&](std::uint32_t one) { return !in_set(one) || done(one); };
  if (event.writes()) {
    while (progress.all < event.place && over(cell[progress.all])) ++progress.all;
    return progress.all >= event.place;
  }
  while (progress.strong < event.place &&
         (!table_.events()[cell[progress.strong]].writes() || over(cell[progress.strong]))) {
    ++progress.strong;
  }
  return progress.strong >= event.place;
}

bool Linearizer::acquire_can_be_next(std::uint32_t event) {
  const TableEvent& acquire = table_.events()[event];
  const std::vector<std::uint32_t>& sections = table_.locks()[acquire.object];
  Progress& progress = locks_[acquire.object];
  if (progress.search != search_) {
    progress.search = search_;
    progress.all = progress.strong = 0;
  }
  const auto end = is_late(event) ? static_cast<std::uint32_t>(sections.size()) : acquire.place;
  if (!acquire.is(TableEvent::shared)) {
    while (progress.all < end && passed(sections[progress.all])) ++progress.all;
    return progress.all >= end;
  }
  while (progress.strong < end &&
         (table_.events()[sections[progress.strong]].is(TableEvent::shared) || passed(sections[progress.strong]))) {
    ++progress.strong;
  }
  return progress.strong >= end;
}

// The event is the first of its step.
bool Linearizer::can_be_next(std::uint32_t event) {
  const TableEvent& one = table_.events()[event];
  const auto before = table_.others_until(one);
  work_ += before.size() + 1;
  for (std::size_t task = 0; task < before.size(); ++task) {
    if (task != one.task && done_[task] < before[task]) return false;
  }
  for (std::uint32_t i = event; i < table_.events().size() && table_.events()[i].step == one.step; ++i) {
    const TableEvent& part = table_.events()[i];
    if (part.accesses() && !access_can_be_next(part)) return false;
  }
  return one.kind != EventKind::acquire || acquire_can_be_next(event);
}

bool Linearizer::find(const Frontier& set, const std::vector<std::uint32_t>& late, std::uint32_t from,
                      std::vector<std::uint32_t>* order) {
  set_ = &set;
  late_ = &late;
  from_ = from;
  ++search_;
  std::size_t left = 0;
  std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, std::greater<>>
      next;  // of each task, by place in the run
  for (std::size_t task = 0; task < set.size(); ++task) {
    const std::vector<std::uint32_t>& mine = table_.events_of(task);
    done_[task] = static_cast<std::uint32_t>(std::lower_bound(mine.begin(), mine.end(), from) - mine.begin());
    done_[task] = std::min(done_[task], set[task]);
    left += set[task] - done_[task];
    if (done_[task] < set[task]) next.push(mine[done_[task]]);
  }
  if (order != nullptr) {
    for (std::uint32_t event = 0; event < from; ++event) {
      const TableEvent& one = table_.events()[event];
      if (in_set(event) && table_.events_of(one.task)[one.position] == event) order->push_back(event);
    }
  }
  std::vector<std::uint32_t> blocked;
  while (!next.empty()) {
    const std::uint32_t event = next.top();
    next.pop();
    if (!can_be_next(event)) {
      blocked.push_back(event);
      continue;
    }
    const std::size_t task = table_.events()[event].task;
    ++done_[task];
    --left;
    if (order != nullptr) order->push_back(event);
    if (done_[task] < set[task]) next.push(table_.events_of(task)[done_[task]]);
    for (const std::uint32_t other : blocked) next.push(other);
    blocked.clear();
  }
  return left == 0;
}

}  // namespace tenter::analysis
