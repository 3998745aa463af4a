#include "leak/left_behind.h"

#include <algorithm>
#include <map>
#include <set>

namespace tenter::analysis {
namespace {

using trace::TaskKind;
using trace::WaitKind;

// No handle is left but on stacks of tasks that are stuck: where did the last other one end?
std::optional<HandleEnd> last_of(const Helpers& helpers, const Stuck& all) {
  if (!helpers.handles_known || helpers.anybody) return std::nullopt;
  const auto is_stuck = [&](TaskId id) { return all.is_stuck(id); };
  if (!std::all_of(helpers.holders.begin(), helpers.holders.end(), is_stuck)) return std::nullopt;
  std::optional<HandleEnd> last;
  for (const HandleEnd& end : helpers.ends) {
    if (is_stuck(end.on_stack_of)) continue;
    if (!last || end.number > last->number) last = end;
  }
  return last;
}

std::set<TaskId> tasks_of(const std::vector<DeadlockCandidate>& deadlocks) {
  std::set<TaskId> tasks;
  for (const DeadlockCandidate& deadlock : deadlocks)
    for (const StuckTask& task : deadlock.tasks) tasks.insert(task.task);
  return tasks;
}

bool whole_program_sleeps(const std::vector<DeadlockCandidate>& deadlocks) {
  return std::any_of(deadlocks.begin(), deadlocks.end(),
                     [](const DeadlockCandidate& one) { return one.whole_program; });
}

bool waits_for_a_holder(const TaskInfo& task) {
  const WaitKind kind = task.waiting->kind;
  return kind == WaitKind::lock || kind == WaitKind::shared_lock || kind == WaitKind::join || kind == WaitKind::once;
}

// Cycles of tasks of which each can be woken by none but tasks that are stuck themselves, and in which somebody waits for
// what another holds (a lock, an initialization, its own end), or each waits for what the next was seen to do before.
std::vector<DeadlockCandidate> knots_of(const World& world, const Stuck& all, const std::set<TaskId>& taken) {
  WaitArcs used, held;  // for those that did it before; and also for those that merely could
  std::set<TaskId> wait_for_holders;
  for (const auto& [id, helpers] : all.waiting) {
    const TaskInfo& task = *world.task(id);
    const bool for_holder = waits_for_a_holder(task);
    // Who idles for work when the program ends waits for main, which has gone.
    const auto could_have = [&](TaskId other) { return taken.count(other) == 0 && all.is_stuck(other); };
    if (!could_have(id) || !std::all_of(helpers.could.begin(), helpers.could.end(), could_have)) continue;
    if (task.kind == TaskKind::thread && !for_holder) continue;
    held[id].assign(helpers.could.begin(), helpers.could.end());
    used[id] = held[id];
    for (const TaskId other : helpers.holders)
      if (other != id && helpers.could.count(other) == 0 && could_have(other)) held[id].push_back(other);
    if (for_holder) wait_for_holders.insert(id);
  }

  std::vector<DeadlockCandidate> found;
  std::set<TaskId> reported;
  const auto take = [&](const std::vector<TaskId>& cycle) {
    if (cycle.size() < 2 || std::any_of(cycle.begin(), cycle.end(), [&](TaskId id) { return reported.count(id) != 0; }))
      return;
    DeadlockCandidate candidate;
    candidate.cycle = true;
    for (std::size_t i = 0; i < cycle.size(); ++i) {
      reported.insert(cycle[i]);
      candidate.tasks.push_back({cycle[i], *world.task(cycle[i])->waiting, {cycle[(i + 1) % cycle.size()]}});
    }
    found.push_back(std::move(candidate));
  };
  for (const TaskId first : wait_for_holders) take(shortest_cycle(held, first));
  for (const auto& [first, targets] : used) take(shortest_cycle(used, first));
  return found;
}

// A thread that idles for work when the program exits is a habit, not a leak. For a futex that nobody ever woke it does not.
bool idles(const TaskInfo& task, const Helpers& helpers) {
  switch (task.waiting->kind) {
    case WaitKind::condition:
    case WaitKind::semaphore:
    case WaitKind::join: return true;
    case WaitKind::futex:
    case WaitKind::private_futex: return !helpers.could.empty();
    default: return false;
  }
}

std::vector<LeakCandidate> leaks_of(const World& world, const WhoHelps& who, const Stuck& all,
                                    const std::set<TaskId>& in_deadlock) {
  const Live& live = all.live;
  std::vector<LeakCandidate> found;
  for (const TaskInfo& task : world.tasks()) {
    if (index(task.id) == 0 || in_deadlock.count(task.id) != 0) continue;
    const auto wait = all.waiting.find(task.id);
    const bool waits = !task.ended && wait != all.waiting.end();  // for another task, and still does
    LeakCandidate candidate;
    candidate.task = task.id;
    if (waits) {
      candidate.reason = reason_of(*task.waiting, world.handles());
      candidate.proven = !live.has(task.id);
      candidate.waiting = *task.waiting;
      for (const TaskId id : wait->second.could) {
        if (live.has(id)) candidate.could_unblock.push_back(id);
      }
      for (const TaskId id : wait->second.holders) {
        if (live.has(id) && id != task.id && wait->second.could.count(id) == 0) candidate.could_unblock.push_back(id);
      }
      if (candidate.proven) candidate.last_handle = last_of(wait->second, all);
    }
    if (task.kind == TaskKind::thread) {
      if (task.joined || task.detached) continue;
      candidate.thread = true;
      if (task.ended) {
        // Whoever made it may have been about to join it when the program ended.
        const TaskInfo* creator = world.task(task.creator);
        if (creator != nullptr && !creator->ended && creator->kind != TaskKind::main) continue;
        candidate.reason = LeakReason::still_running;
        candidate.proven = true;
        found.push_back(candidate);
        continue;
      }
      if (waits && candidate.proven && !idles(task, wait->second)) found.push_back(candidate);
      continue;
    }
    if (task.kind != TaskKind::task || task.ended) continue;
    if (!waits) {
      if (task.waiting && waits_on_the_program(world, task)) continue;  // its wait was over, or may be at any time
      if (!task.started) continue;                                      // main returned before its turn came
      if (!who.calls_or_will(task)) continue;
      candidate.reason = LeakReason::still_running;
      if (task.waiting) candidate.waiting = *task.waiting;
    }
    found.push_back(candidate);
  }
  return found;
}

}  // namespace

LeftOver LeftBehind::conclude(const std::vector<DeadlockCandidate>& deadlocks, bool complete) const {
  LeftOver left;
  if (!complete && !whole_program_sleeps(deadlocks)) return left;
  const Stuck all = who_.stuck();
  std::set<TaskId> in_deadlock = tasks_of(deadlocks);
  left.knots = knots_of(world_, all, in_deadlock);
  in_deadlock.merge(tasks_of(left.knots));
  left.leaks = leaks_of(world_, who_, all, in_deadlock);
  return left;
}

}  // namespace tenter::analysis
