#include "predict/ideal.h"

namespace tenter::analysis {

Ideal::Ideal(const TraceTable& table)
    : table_(table), acquires_(table.tasks()), count_(table.tasks()), cursor_(table.tasks()), waiting_(table.tasks()) {
  for (std::size_t i = 0; i < table.events().size(); ++i) {
    const TableEvent& event = table.events()[i];
    if (event.kind == EventKind::acquire) acquires_[event.task].push_back(static_cast<std::uint32_t>(i));
  }
}

void Ideal::clear() {
  for (const std::uint32_t task : touched_) {
    count_[task] = 0;
    cursor_[task] = 0;
    waiting_[task] = false;
  }
  work_ += touched_.size() + 1;
  touched_.clear();
  todo_.clear();
}

void Ideal::add_before(std::uint32_t event) {
  const TableEvent& one = table_.events()[event];
  raise(one.task, one.position);
  const auto others = table_.others_before(one);
  work_ += others.size() + 1;
  for (std::size_t task = 0; task < others.size(); ++task) raise(task, others[task]);
}

void Ideal::add(std::uint32_t event) {
  const TableEvent& one = table_.events()[event];
  raise(one.task, one.position + 1);
  const auto others = table_.others_until(one);
  work_ += others.size() + 1;
  for (std::size_t task = 0; task < others.size(); ++task) raise(task, others[task]);
}

std::uint32_t Ideal::next_acquire() {
  while (!todo_.empty()) {
    ++work_;
    const std::uint32_t task = todo_.back();
    const std::vector<std::uint32_t>& mine = acquires_[task];
    std::uint32_t& at = cursor_[task];
    if (at < mine.size() && table_.events()[mine[at]].position < count_[task]) return mine[at++];
    todo_.pop_back();
    waiting_[task] = false;
  }
  return no_event;
}

}  // namespace tenter::analysis
