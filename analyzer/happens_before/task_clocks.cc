#include "happens_before/task_clocks.h"

namespace tenter::analysis {

Task& TaskClocks::make(TaskId id) {
  const std::size_t page = index(id) / tasks_a_page;
  if (page >= pages_.size()) pages_.resize(page + 1);
  if (!pages_[page]) pages_[page] = std::make_unique<std::array<Task, tasks_a_page>>();
  Task& made = (*pages_[page])[index(id) % tasks_a_page];
  made.clock = VectorClock(id);
  return made;
}

}  // namespace tenter::analysis
