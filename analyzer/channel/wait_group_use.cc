#include "channel/wait_group_use.h"

#include <algorithm>

namespace tenter::analysis {

using trace::MisuseKind;
using trace::Op;

WaitGroupUse::Actor WaitGroupUse::actor(const Step& step) const {
  // Not order_.epoch(), which speaks of the step that `order` has observed last.
  return {step.task, {step.task, order_.clock(step.task).of(step.task)}, site_of(step.event)};
}

void WaitGroupUse::report(std::uint64_t object, const Actor& adder, const Actor& waiter) {
  const auto [at, is_new] =
      places_.try_emplace({adder.where.pc, adder.where.callers, waiter.where.pc, waiter.where.callers}, found_.size());
  if (!is_new) {
    ++found_[at->second].count;
    return;
  }
  MisuseCandidate candidate;
  candidate.kind = MisuseKind::wait_group_misuse;
  candidate.task = adder.task;
  candidate.object = object;
  candidate.where = adder.where;
  candidate.other = waiter.where;
  candidate.other_task = waiter.task;
  found_.push_back(candidate);
}

void WaitGroupUse::add(Group& group, const Step& step) {
  const auto delta = static_cast<std::int64_t>(step.event.value);
  if (group.count == 0 && delta > 0) {
    group.raised = actor(step);
    for (const Actor& waiter : group.waited) {
      if (!order_.ordered(waiter.epoch, step.task)) report(step.event.object, group.raised, waiter);
    }
    group.waited.clear();
    // Somebody who still waits does so for an earlier round, and has to be told apart from those of this one.
    for (const auto& [task, waiter] : group.waits) {
      if (!order_.ordered(waiter.epoch, step.task)) report(step.event.object, group.raised, waiter);
    }
  }
  group.count += delta;
}

void WaitGroupUse::begin(const Group& group, const Step& step) {
  if (group.raised.task == no_task || order_.ordered(group.raised.epoch, step.task)) return;
  report(step.event.object, group.raised, actor(step));
}

void WaitGroupUse::pass(Group& group, const Step& step) {
  if (group.waits.erase(step.task) == 0) begin(group, step);
  const auto same = std::find_if(group.waited.begin(), group.waited.end(),
                                 [&](const Actor& waiter) { return waiter.task == step.task; });
  if (same == group.waited.end()) {
    group.waited.push_back(actor(step));
  } else {
    *same = actor(step);
  }
}

void WaitGroupUse::look_at(const Step& step) {
  const Event& event = step.event;
  switch (event.op) {
    case Op::wg_create: groups_.erase(event.object); return;
    case Op::wg_add:
      if (!blind_) add(groups_[event.object], step);
      return;
    case Op::wg_pass:
      if (!blind_) pass(groups_[event.object], step);
      return;
    case Op::wait_begin: {
      if (blind_ || static_cast<trace::WaitKind>(event.value) != trace::WaitKind::wait_group) return;
      Group& group = groups_[event.object];
      if (group.waits.try_emplace(step.task, actor(step)).second) begin(group, step);
      return;
    }
    case Op::lost: blind_ = blind_ || (event.flags & trace::LostFlag::only_accesses) == 0; return;
    default: return;
  }
}

}  // namespace tenter::analysis
