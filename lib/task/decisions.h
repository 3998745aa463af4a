// Every choice that a schedule consists of, in one place: which of the tasks that could run does, and which of the
// ready cases a select takes. Nothing else in the library is left to chance or to the clock, timers apart.
//
// While no Decisions are installed, tasks run in the order of Go's scheduler (a task that was just woken first, then the
// worker's queue, then what can be stolen) on any number of workers. With Decisions installed there is one worker, and
// equal answers give the same schedule again.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace tenter::detail {

class Decisions {
 public:
  virtual ~Decisions() = default;

  // The index of the task to run next. `task_ids` is never empty; oldest first.
  virtual std::size_t next_task(std::span<const std::uint64_t> task_ids) = 0;

  // The index, below `ready_count`, of the ready case to take.
  virtual std::size_t select_case(std::size_t ready_count) = 0;
};

// Draws every decision from a seed.
class SeededDecisions final : public Decisions {
 public:
  explicit SeededDecisions(std::uint64_t seed) : state_(seed) {}
  std::size_t next_task(std::span<const std::uint64_t> task_ids) override { return below(task_ids.size()); }
  std::size_t select_case(std::size_t ready_count) override { return below(ready_count); }

 private:
  std::size_t below(std::size_t bound);
  std::uint64_t state_;
};

// Replaces the scheduler's own choices by these, from the next task on. Call it while nothing runs: before the first
// task, or between two calls of run(). Null gives the ordinary scheduler back. The caller keeps `decisions` alive.
void install_decisions(Decisions* decisions);

}  // namespace tenter::detail
