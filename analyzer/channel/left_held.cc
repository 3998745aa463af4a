#include "channel/left_held.h"

#include <algorithm>

namespace tenter::analysis {

using trace::LockFlag;
using trace::Op;
using trace::TaskKind;

bool LeftHeld::holds_still(const LeftHeldCandidate& one) const {
  const LockInfo* const lock = world_.lock(one.lock);
  return lock != nullptr && std::find(lock->holders.begin(), lock->holders.end(), one.task) != lock->holders.end();
}

// Of readers only the one who left with the lock is meant, and a reader who comes later proves nothing.
void LeftHeld::on_lock(const Event& event) {
  const bool taken_by_a_reader = event.op == Op::lock_acquire && (event.flags & LockFlag::shared) != 0;
  std::erase_if(found_, [&](const LeftHeldCandidate& one) {
    if (one.lock != event.object) return false;
    return event.op == Op::lock_release ? !holds_still(one) : !(one.shared && taken_by_a_reader);
  });
}

void LeftHeld::on_end(const Event& event) {
  const TaskInfo* const task = world_.task(TaskId{static_cast<std::uint32_t>(event.object)});
  if (task == nullptr || task->kind == TaskKind::worker) return;
  if (task->is_main_thread()) return;
  for (const HeldLock& held : task->held) {
    const LockInfo* const lock = world_.lock(held.lock);
    if (lock == nullptr || lock->destroyed) continue;
    const LeftHeldCandidate candidate{task->id, held.lock, held.shared, held.where};
    if (holds_still(candidate)) found_.push_back(candidate);
  }
}

}  // namespace tenter::analysis
