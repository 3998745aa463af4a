// Locks that a task or thread took and still held when it ended: whoever wants such a lock next waits for ever, unless
// somebody else gives it back. Often an early return, or an exception, passed the unlock by.
//
//   left_held.observe(step);             // after `world` has observed the step
//   for (const LeftHeldCandidate& one : left_held.candidates()) ...
#pragma once
#include <cstdint>
#include <vector>

#include "order/world.h"

namespace tenter::analysis {

struct LeftHeldCandidate {
  TaskId task = no_task;
  std::uint64_t lock = 0;
  bool shared = false;
  Site locked_at;
};

// A lock that another task has given back since is not among them: it was handed over. Nor is one that somebody got although it was
// held (a robust mutex whose owner has died), one that ended before its holder did, or one that the main thread holds
// while the process exits, which ends all that could want it. One object is for one thread.
class LeftHeld {
 public:
  explicit LeftHeld(const World& world) : world_(world) {}
  void observe(const Step& step) {
    const trace::Op op = step.event.op;
    if (op == trace::Op::task_end) on_end(step.event);
    if (!found_.empty() && (op == trace::Op::lock_release || op == trace::Op::lock_acquire)) on_lock(step.event);
  }
  // In the order in which the tasks ended.
  const std::vector<LeftHeldCandidate>& candidates() const { return found_; }

 private:
  void on_end(const Event& event);
  void on_lock(const Event& event);
  bool holds_still(const LeftHeldCandidate& one) const;

  const World& world_;
  std::vector<LeftHeldCandidate> found_;
};

}  // namespace tenter::analysis
