#include "deadlock/held_waiting.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace tenter::analysis {
namespace {

using trace::WaitKind;

// Of one lock more long waits are not kept: each of one kind is compared with each of the other.
constexpr std::size_t most_waits = 2048;

bool is_for_a_lock(const World& world, const Waiting& waiting) {
  switch (waiting.kind) {
    case WaitKind::lock:
    case WaitKind::shared_lock: return true;
    case WaitKind::timed: return world.lock(waiting.object) != nullptr;
    default: return false;
  }
}

}  // namespace

void HeldWaiting::on_begin(const Step& step) {
  const TaskInfo* const task = world_.task(step.task);
  if (task == nullptr || !task->waiting) return;
  const bool for_lock = is_for_a_lock(world_, *task->waiting);
  if (!for_lock && task->held.empty()) return;
  Begun& begun = begun_[index(step.task)];
  begun.waiting = *task->waiting;
  begun.held = for_lock ? std::vector<HeldLock>() : task->held;
}

void HeldWaiting::on_end(const Step& step) {
  const auto at = begun_.find(index(step.task));
  if (at == begun_.end()) return;
  const Begun begun = std::move(at->second);
  begun_.erase(at);
  const std::uint64_t lasted_ns = step.event.value;
  constexpr std::uint64_t ns_per_us = 1000;
  const std::uint64_t end_ns = step.event.object * ns_per_us;
  if (lasted_ns < limit_ns_ || lasted_ns == 0 || lasted_ns > end_ns) return;
  Wait wait{step.task, end_ns - lasted_ns, end_ns, false, {}, begun.waiting};
  const auto keep = [&](std::vector<Wait>& waits) {
    if (waits.size() < most_waits) waits.push_back(wait);
  };
  if (is_for_a_lock(world_, begun.waiting)) {
    wait.shared = begun.waiting.kind == WaitKind::shared_lock;
    return keep(long_[begun.waiting.object].by_others);
  }
  for (const HeldLock& held : begun.held) {
    wait.shared = held.shared;
    wait.held_at = held.where;
    keep(long_[held.lock].by_holders);
  }
}

std::vector<HeldWaitingCandidate> HeldWaiting::candidates() const {
  std::vector<HeldWaitingCandidate> found;
  for (const auto& [lock, waits] : long_) {
    for (const Wait& holder : waits.by_holders) {
      HeldWaitingCandidate candidate{holder.task, holder.waiting, lock, holder.held_at, no_task, {}, 0, 0};
      std::set<TaskId> others;
      for (const Wait& other : waits.by_others) {
        if (other.task == holder.task || (other.shared && holder.shared)) continue;
        const std::uint64_t begin = std::max(holder.begin_ns, other.begin_ns);
        const std::uint64_t end = std::min(holder.end_ns, other.end_ns);
        if (end < begin || end - begin < std::max<std::uint64_t>(limit_ns_, 1)) continue;
        others.insert(other.task);
        if (end - begin <= candidate.ns) continue;
        candidate.ns = end - begin;
        candidate.other = other.task;
        candidate.wanted_at = other.waiting.where;
      }
      candidate.others = others.size();
      if (!others.empty()) found.push_back(std::move(candidate));
    }
  }
  std::ranges::sort(found, [](const HeldWaitingCandidate& a, const HeldWaitingCandidate& b) {
    return std::tuple(b.ns, a.waiting.since, a.lock) < std::tuple(a.ns, b.waiting.since, b.lock);
  });
  return found;
}

}  // namespace tenter::analysis
