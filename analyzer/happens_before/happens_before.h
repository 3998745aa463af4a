// HappensBefore turns synchronization steps into vector clocks: the C++20 memory model for atomics and fences,
// POSIX for threads and locks, Go's memory model for channels, wait groups and tasks.
//
//   order.observe(step);                 // before the engines look at the step
//   order.ordered(past_epoch, step.task) // did that epoch happen before what the task does now?
#pragma once
#include <memory>

#include "clock/epoch.h"
#include "clock/vector_clock.h"
#include "order/step.h"

namespace tenter::analysis {

class HappensBefore {
 public:
  HappensBefore();
  ~HappensBefore();
  void observe(const Step& step);
  // The task's clock after the steps observed so far.
  const VectorClock& clock(TaskId task) const;
  // The epoch of the task's current step: what it does now carries this.
  Epoch epoch(TaskId task) const;
  bool ordered(Epoch before, TaskId task) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tenter::analysis
