#include "channel/unordered_unlock.h"

namespace tenter::analysis {

using trace::LockFlag;
using trace::Op;

void UnorderedUnlock::on_release(const Step& step) {
  const auto at = holders_.find(step.event.object);
  if (at == holders_.end()) return;
  const Holder holder = at->second;
  holders_.erase(at);
  if (order_.ordered(holder.epoch, step.task)) return;
  const bool is_reached = !rash_.are_before(step.task);
  rash_.add(order_.next_epoch(step.task), holder.epoch);
  if (!is_reached) return;
  found_.add(trace::MisuseKind::unlock_of_unlocked_mutex, step.event.object, {step.task, site_of(step.event)},
             {holder.epoch.task, holder.where});
}

void UnorderedUnlock::observe(const Step& step) {
  const Event& event = step.event;
  const bool counts = (event.flags & (LockFlag::shared | LockFlag::again)) == 0;
  switch (event.op) {
    case Op::lock_acquire:
      if (counts) holders_[event.object] = {order_.next_epoch(step.task), site_of(event)};
      return;
    case Op::lock_release:
      if (counts) on_release(step);
      return;
    case Op::lock_create:
    case Op::lock_destroy: holders_.erase(event.object); return;
    default: return;
  }
}

}  // namespace tenter::analysis
