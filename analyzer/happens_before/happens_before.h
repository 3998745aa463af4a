// HappensBefore turns synchronization steps into vector clocks: the C++20 memory model for atomics and fences,
// POSIX for threads and locks, Go's memory model for channels, wait groups and tasks. The rules, each with its
// source, are in happens_before.cc.
//
//   order.observe(step);                 // before the engines look at the step
//   order.ordered(past_epoch, step.task) // did that epoch happen before what the task does now?
//
// Time per step does not depend on the number of tasks except where tasks really exchange news. One object is for one thread.
#pragma once
#include <memory>

#include "clock/epoch.h"
#include "clock/vector_clock.h"
#include "order/step.h"

namespace tenter::analysis {

class HappensBefore {
 public:
  enum class Edges : std::uint8_t {
    all,
    // What holds in every schedule that a lock-order cycle could come from: no edge from a lock, which another
    // schedule may take the other way round, and none into a read-modify-write, which is how locks, counters and
    // reference counts are made. A wake-up by a condition is one that had to be signalled first.
    without_locks
  };
  explicit HappensBefore(Edges edges = Edges::all);
  ~HappensBefore();
  void observe(const Step& step) {
    stepping_ = no_task;
    if (trace::is_ordered(step.event.op)) synchronize(step);  // nothing else moves a clock
  }
  void observe(const Stretch&) { stepping_ = no_task; }
  // The task's clock after the steps observed so far. The reference stays valid.
  const VectorClock& clock(TaskId task) const;
  // The epoch of the task's current step: what it does now carries this.
  Epoch epoch(TaskId task) const { return task == stepping_ ? Epoch{task, stepping_count_} : next_epoch(task); }
  // The epoch of the task's next step, for whoever looks at it before observe() does.
  Epoch next_epoch(TaskId task) const { return {task, clock(task).of(task)}; }
  bool ordered(Epoch before, TaskId task) const;

 private:
  struct Impl;
  void synchronize(const Step& step);

  std::unique_ptr<Impl> impl_;
  TaskId stepping_ = no_task;         // the task of the current step, if the step was a synchronization ...
  std::uint32_t stepping_count_ = 0;  // ... and its count before the step
};

}  // namespace tenter::analysis
