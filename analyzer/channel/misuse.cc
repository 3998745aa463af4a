#include "channel/misuse.h"

#include <algorithm>

namespace tenter::analysis {

using trace::LockFlag;
using trace::MisuseKind;
using trace::Op;

void Misuse::add(MisuseKind kind, const Step& step, Actor other) {
  const Site where = site_of(step.event);
  // The object's address differs from run to run of a loop, the other side's place does not.
  const auto [at, is_new] = places_.try_emplace({kind, where.pc, where.callers, other.where.pc}, found_.size());
  if (!is_new) {
    ++found_[at->second].count;
    return;
  }
  MisuseCandidate candidate;
  candidate.kind = kind;
  candidate.task = step.task;
  candidate.object = step.event.object;
  candidate.where = where;
  candidate.other = other.where;
  candidate.other_task = other.task;
  found_.push_back(candidate);
}

Misuse::Actor Misuse::holder_of(std::uint64_t lock) const {
  const auto at = holders_.find(lock);
  if (at != holders_.end() && at->second.task != no_task) return at->second;
  for (const TaskInfo& task : world_.tasks()) {  // readers
    for (const HeldLock& held : task.held) {
      if (held.lock == lock) return {task.id, held.where};
    }
  }
  return {};
}

// Tasks end with main, wherever they are: a task that was left behind holding a lock is not there any more when the
// destructors of globals run. One that is will do something yet.
void Misuse::on_destroy(const Step& step, Actor holder) {
  const TaskInfo* task = world_.task(holder.task);
  if (task != nullptr && task->is_of_the_library()) {
    destroyed_.push_back({step, holder});
  } else {
    add(MisuseKind::destroy_of_locked_mutex, step, holder);
  }
}

void Misuse::look_at_destroyed(const Step& step) {
  std::erase_if(destroyed_, [&](const Destroyed& lock) {
    if (lock.holder.task != step.task) return false;
    add(MisuseKind::destroy_of_locked_mutex, lock.step, lock.holder);
    return true;
  });
}

void Misuse::look_at(const Step& step) {
  if (!destroyed_.empty()) look_at_destroyed(step);
  const Event& event = step.event;
  switch (event.op) {
    case Op::lock_acquire:
      if ((event.flags & (LockFlag::shared | LockFlag::again)) == 0) {
        holders_[event.object] = {step.task, site_of(event)};
      }
      return;
    case Op::lock_release: {
      if ((event.flags & (LockFlag::shared | LockFlag::again)) != 0) return;
      const auto at = holders_.find(event.object);
      if (at == holders_.end() || at->second.task == no_task) return;
      if (at->second.task != step.task) add(MisuseKind::unlock_of_unlocked_mutex, step, at->second);
      at->second = {};  // it will be taken again, mostly
      return;
    }
    case Op::lock_create: holders_.erase(event.object); return;
    case Op::lock_destroy: {
      const auto at = holders_.find(event.object);
      if (at == holders_.end()) return;
      // Whoever has taken the lock after everybody else may destroy it, held or not.
      if (at->second.task != no_task && at->second.task != step.task) on_destroy(step, at->second);
      holders_.erase(at);
      return;
    }
    case Op::chan_make: closers_.erase(event.object); return;
    case Op::chan_close: closers_.try_emplace(event.object, Actor{step.task, site_of(event)}); return;
    case Op::misuse: break;
    default: return;
  }

  const auto kind = static_cast<MisuseKind>(event.value);
  Actor other;
  switch (kind) {
    case MisuseKind::all_tasks_asleep:
      all_asleep_ = true;  // the wait graph tells who and why
      break;
    case MisuseKind::send_on_closed_channel:
    case MisuseKind::close_of_closed_channel: {
      const auto at = closers_.find(event.object);
      if (at != closers_.end()) other = at->second;
      break;
    }
    case MisuseKind::double_lock:
    case MisuseKind::destroy_of_locked_mutex: other = holder_of(event.object); break;
    default: break;
  }
  add(kind, step, other);
}

}  // namespace tenter::analysis
