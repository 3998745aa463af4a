// Which acquires each task has yet to give back, as one walks over the events of a table in their order.
#pragma once
#include <cstdint>
#include <vector>

#include "predict/trace_table.h"

namespace tenter::analysis {

class HeldAcquires {
 public:
  explicit HeldAcquires(const TraceTable& table) : table_(table), open_(table.tasks()) {}
  // In the order in which they were taken.
  const std::vector<std::uint32_t>& of(std::size_t task) const { return open_[task]; }
  void observe(std::uint32_t number) {
    const TableEvent& event = table_.events()[number];
    if (event.kind == EventKind::acquire) open_[event.task].push_back(number);
    if (event.kind == EventKind::release && event.partner != no_event)
      std::erase(open_[table_.events()[event.partner].task], event.partner);
  }

 private:
  const TraceTable& table_;
  std::vector<std::vector<std::uint32_t>> open_;  // by task
};

// By lock: does somewhere in the run a task give it back that had not taken it? Whoever waits for such a lock may be let go by anybody.
std::vector<bool> locks_of_anybody(const TraceTable& table);

}  // namespace tenter::analysis
