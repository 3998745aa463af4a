#include "channel/wait_group_use.h"

#include <algorithm>

namespace tenter::analysis {

using trace::MisuseKind;
using trace::Op;

namespace {

std::uint32_t bit(std::size_t place) { return std::uint32_t{1} << place; }
bool has(std::uint32_t uses, std::size_t place) { return (uses >> place & 1) != 0; }

}  // namespace

void WaitGroupUse::report(MisuseKind kind, bool predicted, std::uint64_t object, const Use& one, const Use& other) {
  found_.add(kind, object, {one.epoch.task, one.where}, {other.epoch.task, other.where}, predicted);
}

// The reference stays valid until the next operation.
const WaitGroupUse::Use& WaitGroupUse::keep(Group& group, const Step& step, std::int64_t delta) {
  if (group.uses.size() == max_uses) {
    constexpr std::size_t forgotten = max_uses / 2;
    for (std::size_t i = 0; i < max_uses; ++i) {
      if (i < forgotten) group.count_before += group.uses[i].delta;
      group.uses[i].before >>= forgotten;
    }
    group.uses.erase(group.uses.begin(), group.uses.begin() + forgotten);
  }
  Use use{order_.next_epoch(step.task),  site_of(step.event),          delta,
          delta > 0 && group.count == 0, !rash_.are_before(step.task), 0};
  for (std::size_t i = 0; i < group.uses.size(); ++i) {
    if (order_.ordered(group.uses[i].epoch, step.task)) use.before |= bit(i);
  }
  group.uses.push_back(use);
  return group.uses.back();
}

std::size_t WaitGroupUse::place_of(const Group& group, const Use& use) {
  return static_cast<std::size_t>(&use - group.uses.data());
}

bool WaitGroupUse::is_before(const Group& group, const Use& one, const Use& other) {
  return has(other.before, place_of(group, one));
}

// Nothing orders the two. Could both be next while the counter is zero? First without any operation that need not have come
// before one of them, then with all that may.
void WaitGroupUse::compare(const Group& group, const Use& add, const Use& wait, std::uint64_t object) {
  if (!add.reached || !wait.reached) return;
  const std::size_t add_at = place_of(group, add), wait_at = place_of(group, wait);
  const Uses needed = add.before | wait.before;
  Uses possible = needed;
  for (std::size_t i = 0; i < group.uses.size(); ++i) {
    const Use& use = group.uses[i];
    const bool later = i == add_at || i == wait_at || has(use.before, add_at) || has(use.before, wait_at);
    if (use.delta < 0 && use.reached && !later) possible |= use.before | bit(i);
  }
  for (const Uses set : {needed, possible}) {
    std::int64_t count = group.count_before, lowest = 0;
    for (std::size_t i = 0; i < group.uses.size(); ++i) {
      if (has(set, i)) count += group.uses[i].delta;
      lowest = std::min(lowest, count);
    }
    if (count != 0 || lowest < 0) continue;
    return report(MisuseKind::wait_group_misuse, !add.from_zero, object, add, wait);
  }
}

// What if the add comes late, after every done that need not come after it?
void WaitGroupUse::count_without(const Group& group, const Use& add, std::uint64_t object) {
  if (group.count_before >= static_cast<std::int64_t>(max_uses)) return;  // more than the dones could take away
  const std::size_t add_at = place_of(group, add);
  Uses set = 0;
  for (std::size_t i = 0; i < group.uses.size(); ++i) {
    const Use& use = group.uses[i];
    if (use.delta < 0 && use.reached && !has(use.before, add_at)) set |= use.before | bit(i);
  }
  // Each that fails is luck of this run, not the first alone: of the others the program may not get so far as to need it.
  std::int64_t count = group.count_before;
  Uses failed = 0;
  for (std::size_t i = 0; i < group.uses.size(); ++i) {
    const Use& use = group.uses[i];
    if (!has(set, i) || (use.before & failed) != 0) continue;
    if (count + use.delta >= 0) {
      count += use.delta;
      continue;
    }
    rash_.add(use.epoch, add.epoch);
    if (failed == 0) report(MisuseKind::negative_wait_group, true, object, use, add);
    failed |= bit(i);
  }
}

void WaitGroupUse::add(Group& group, const Step& step) {
  const auto delta = static_cast<std::int64_t>(step.event.value);
  if (delta == 0) return;
  const Use& use = keep(group, step, delta);
  if (delta > 0) count_without(group, use, step.event.object);
  for (const Use& other : group.uses) {
    if (&other == &use || is_before(group, other, use)) continue;
    if (delta > 0 && other.delta == 0) compare(group, use, other, step.event.object);
    if (delta < 0 && other.delta > 0) count_without(group, other, step.event.object);
  }
  group.count += delta;
}

void WaitGroupUse::wait(Group& group, const Step& step) {
  const Use& use = keep(group, step, 0);
  for (const Use& other : group.uses) {
    if (other.delta > 0 && !is_before(group, other, use)) compare(group, other, use, step.event.object);
  }
}

void WaitGroupUse::observe(const Step& step) {
  const Event& event = step.event;
  switch (event.op) {
    case Op::wg_create: groups_.erase(event.object); return;
    case Op::wg_add: add(groups_[event.object], step); return;
    case Op::wg_pass: {
      Group& group = groups_[event.object];
      if (std::erase(group.inside, step.task) == 0) wait(group, step);
      return;
    }
    case Op::wait_begin: {
      if (static_cast<trace::WaitKind>(event.value) != trace::WaitKind::wait_group) return;
      Group& group = groups_[event.object];
      if (std::find(group.inside.begin(), group.inside.end(), step.task) != group.inside.end()) return;
      group.inside.push_back(step.task);
      wait(group, step);
      return;
    }
    default: return;
  }
}

}  // namespace tenter::analysis
