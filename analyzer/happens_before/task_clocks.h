// TaskClocks holds every task's vector clock and what few tasks need beside it.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "clock/vector_clock.h"
#include "trace/event.h"

namespace tenter::analysis {

// What few tasks ever need.
struct Seldom {
  VectorClock acquired_later;  // what its relaxed loads could have acquired, for the next acquire fence
  VectorClock release_fence;   // its clock at the last release fence
  VectorClock parked;          // its clock when it queued on a channel
  VectorClock from_partner;    // what the task that completed its parked channel operation gave it
  VectorClock from_signal;     // what the tasks that woke it from a condition gave it
  std::uint64_t signalled_on = 0;
};

struct Task {
  VectorClock clock;
  trace::TaskKind kind = trace::TaskKind::thread;
  std::unique_ptr<Seldom> seldom;
};

class TaskClocks {
 public:
  // References stay valid.
  Task& task(TaskId id) {
    const std::size_t page = index(id) / tasks_a_page;
    if (page < pages_.size() && pages_[page]) {
      Task& found = (*pages_[page])[index(id) % tasks_a_page];
      if (!found.clock.empty()) return found;
    }
    return make(id);
  }
  static Seldom& seldom(Task& task) {
    if (!task.seldom) task.seldom = std::make_unique<Seldom>();
    return *task.seldom;
  }

 private:
  static constexpr std::size_t tasks_a_page = 256;
  Task& make(TaskId id);

  std::vector<std::unique_ptr<std::array<Task, tasks_a_page>>> pages_;
};

}  // namespace tenter::analysis
