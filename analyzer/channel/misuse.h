// Misuse of channels, locks and wait groups that the program itself ran into (the library threw, or a lock was
// used against its rules).
#pragma once
#include <vector>

#include "order/world.h"

namespace tenter::analysis {

struct MisuseCandidate {
  trace::MisuseKind kind{};
  TaskId task = no_task;
  std::uint64_t object = 0;
  Site where;
  Site other;                  // of the earlier close, or where the lock is held; pc 0 where there is none
  TaskId other_task = no_task;
  std::uint64_t count = 1;
};

class Misuse {
 public:
  explicit Misuse(const World& world) : world_(world) {}
  void observe(const Step& step);
  const std::vector<MisuseCandidate>& candidates() const { return found_; }

 private:
  const World& world_;
  std::vector<MisuseCandidate> found_;
};

}  // namespace tenter::analysis
