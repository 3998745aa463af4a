// Every choice that a schedule consists of, in one place: which of the tasks that could run does, whether a task that
// calls the library goes on, which of the ready cases a select takes, and which of the timers that are due fires, and
// when. Nothing else in the library is left to chance or to the clock, which is virtual meanwhile (task/clock.h).
//
// While no Decisions are installed, tasks run in the order of Go's scheduler (a task that was just woken first, then the
// worker's queue, then what can be stolen) on any number of workers. With Decisions installed there is one worker, and
// equal answers give the same schedule again, as far as only tasks use the library. Ordinary threads that do, and
// blocking() calls that return, come when they come.
//
//   class RunToBlock final : public Decisions {       // never switches before it has to
//     std::size_t next_task(std::span<const std::uint64_t> ids) override { return ids.size() - 1; }
//     std::size_t select_case(std::size_t) override { return 0; }
//   };
//
// All are called by the one worker, and must not use the library. An answer that is too large counts as 0.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace tenter::detail {

class Decisions {
 public:
  virtual ~Decisions() = default;

  // The index of the task to run next. `task_ids` is never empty; the one that became ready first comes first.
  virtual std::size_t next_task(std::span<const std::uint64_t> task_ids) = 0;

  // The index, below `ready_count`, of the ready case to take.
  virtual std::size_t select_case(std::size_t ready_count) = 0;

  // The running task calls the library, and something else could go on instead: shall it be queued with the others, and
  // one of them all be chosen?
  virtual bool switch_at_call() { return false; }

  // The index, below `due_count`, of the timer to fire next; the earliest comes first. Where `may_wait`, which says that
  // a task could run, the answer may be `due_count`: that task goes first.
  virtual std::size_t next_timer([[maybe_unused]] std::size_t due_count, [[maybe_unused]] bool may_wait) { return 0; }
};

// Draws every decision from a seed. How often tasks are switched at their calls (at every second one, or only at every
// thirty-second) is drawn as well: some errors show only where tasks alternate, others only where one gets far ahead.
class SeededDecisions final : public Decisions {
 public:
  explicit SeededDecisions(std::uint64_t seed) : state_(seed), calls_per_switch_(std::size_t{2} << below(5)) {}
  std::size_t next_task(std::span<const std::uint64_t> task_ids) override { return below(task_ids.size()); }
  std::size_t select_case(std::size_t ready_count) override { return below(ready_count); }
  bool switch_at_call() override { return below(calls_per_switch_) == 0; }
  std::size_t next_timer(std::size_t due_count, bool may_wait) override {
    return below(due_count + (may_wait ? 1 : 0));
  }

 private:
  std::size_t below(std::size_t bound);
  std::uint64_t state_;
  const std::size_t calls_per_switch_;
};

// Replaces the scheduler's own choices by these, from the next task on. Call it while nothing runs: before the first
// task, or between two calls of run(). Null gives the ordinary scheduler back. The caller keeps `decisions` alive.
void install_decisions(Decisions* decisions);

// What TENTER_SCHEDULER asks for: null where it is unset or empty, seeded ones for "seeded:SEED" with a decimal number or
// one in hexadecimal after 0x. Anything else ends the process with code 2 and a sentence that says so.
Decisions* decisions_from_environment();

}  // namespace tenter::detail
