// A lock is waited for until each of its holders has let go, so one holder that never will is enough: any cycle of
// waits_for() arcs is a deadlock (the AND model of Knapp, Deadlock Detection in Distributed Databases, 1987).
#include "deadlock/wait_graph.h"

#include <algorithm>
#include <deque>
#include <map>

namespace tenter::analysis {
namespace {

using trace::TaskKind;
using trace::WaitKind;

bool alive(const TaskInfo& task) { return index(task.id) != 0 && !task.ended; }

const HeldLock* held_by(const TaskInfo& task, std::uint64_t lock) {
  const auto at =
      std::find_if(task.held.begin(), task.held.end(), [lock](const HeldLock& h) { return h.lock == lock; });
  return at != task.held.end() ? &*at : nullptr;
}

// A task must be known by more than a mention to count as one that could still do something.
bool takes_part(const TaskInfo& task) {
  return alive(task) && task.kind != TaskKind::worker && (task.started || task.waiting || task.last.pc != 0);
}

// A recording that ends suddenly may have who ended the wait, and not yet that it is over.
bool wait_is_over(const World& world, const TaskInfo& task) {
  const Waiting& waiting = *task.waiting;
  switch (waiting.kind) {
    case WaitKind::join: {
      const TaskInfo* joined = world.task(static_cast<TaskId>(waiting.object));
      return joined != nullptr && joined->ended;
    }
    case WaitKind::lock:
    case WaitKind::shared_lock: return waits_for(world, task).empty();
    default: return false;
  }
}

bool whole_program_sleeps(const World& world) {
  bool main_sleeps = false;
  bool any_main = false;
  std::size_t asleep = 0;
  for (const TaskInfo& task : world.tasks()) {
    if (index(task.id) == 0 || task.kind == TaskKind::worker) continue;
    if (task.kind == TaskKind::main) {
      any_main = true;
      main_sleeps = main_sleeps || (!task.ended && task.waiting);
    }
    if (task.ended) continue;
    if (!task.started && task.creator != no_task) return false;  // created, and about to run
    if (!takes_part(task)) continue;
    if (!waits_on_the_program(world, task) || wait_is_over(world, task)) return false;
    ++asleep;
  }
  return asleep > 0 && (main_sleeps || !any_main);
}

// A futex that is not said to be private is, if no other process can have the memory.
bool is_of_this_process(const World& world, std::uint64_t futex) {
  const Block* const block = world.block_at(futex);
  return block != nullptr && block->kind != trace::MemoryKind::mapping;
}

bool is_futex(WaitKind kind) { return kind == WaitKind::futex || kind == WaitKind::private_futex; }

StuckTask stuck(const World& world, const TaskInfo& task) { return {task.id, *task.waiting, waits_for(world, task)}; }

}  // namespace

bool waits_on_the_program(const World& world, const TaskInfo& task) {
  if (!task.waiting) return false;
  switch (task.waiting->kind) {
    case WaitKind::sleep:
    case WaitKind::descriptor:
    case WaitKind::timed: return false;
    case WaitKind::futex:
      if (!is_of_this_process(world, task.waiting->object)) return false;
      [[fallthrough]];
    case WaitKind::private_futex:
      return !world.has_signal_handlers() && !world.futexes().may_be_on_its_way(task.id, task.waiting->object);
    // A signal handler or another process may post a POSIX semaphore.
    case WaitKind::semaphore: return task.kind == TaskKind::task;
    default: return true;
  }
}

std::vector<TaskId> waits_for(const World& world, const TaskInfo& task) {
  if (!task.waiting) return {};
  const Waiting& waiting = *task.waiting;
  std::vector<TaskId> found;
  if (waiting.kind == WaitKind::join) {
    const TaskInfo* joined = world.task(static_cast<TaskId>(waiting.object));
    if (joined != nullptr && alive(*joined)) found.push_back(joined->id);
    return found;
  }
  if (waiting.kind == WaitKind::once) {
    const OnceRun* run = world.once_run(waiting.object);
    const TaskInfo* runner = run != nullptr ? world.task(run->task) : nullptr;
    if (runner != nullptr && alive(*runner)) found.push_back(runner->id);
    return found;
  }
  if (waiting.kind != WaitKind::lock && waiting.kind != WaitKind::shared_lock) return found;
  const bool wants_shared = waiting.kind == WaitKind::shared_lock;
  bool held_by_readers = false;
  for (const TaskInfo& other : world.tasks()) {
    const HeldLock* held = index(other.id) != 0 ? held_by(other, waiting.object) : nullptr;
    if (held == nullptr) continue;
    if (wants_shared && held->shared) {
      held_by_readers = true;
    } else {
      found.push_back(other.id);
    }
  }
  if (found.empty() && held_by_readers) {
    // A reader that waits although only readers hold the lock waits behind a writer.
    for (const TaskInfo& other : world.tasks()) {
      if (other.id != task.id && alive(other) && other.waiting && other.waiting->kind == WaitKind::lock &&
          other.waiting->object == waiting.object) {
        found.push_back(other.id);
      }
    }
  }
  return found;
}

std::vector<TaskId> shortest_cycle(const WaitArcs& arcs, TaskId first) {
  std::map<TaskId, TaskId> reached_from;
  std::deque<TaskId> todo{first};
  while (!todo.empty()) {
    const TaskId at = todo.front();
    todo.pop_front();
    const auto next = arcs.find(at);
    if (next == arcs.end()) continue;
    for (const TaskId to : next->second) {
      if (to == first) {
        std::vector<TaskId> cycle{at};
        while (cycle.back() != first) cycle.push_back(reached_from.at(cycle.back()));
        std::reverse(cycle.begin(), cycle.end());
        return cycle;
      }
      if (reached_from.try_emplace(to, at).second) todo.push_back(to);
    }
  }
  return {};
}

std::vector<DeadlockCandidate> find_deadlocks(const World& world, bool all_asleep) {
  const bool whole_program = all_asleep || whole_program_sleeps(world);
  WaitArcs arcs;
  for (const TaskInfo& task : world.tasks()) {
    if (alive(task) && waits_on_the_program(world, task)) arcs[task.id] = waits_for(world, task);
  }

  std::vector<DeadlockCandidate> found;
  std::map<TaskId, bool> reported;
  for (const auto& [first, targets] : arcs) {
    if (reported[first]) continue;
    const std::vector<TaskId> cycle = shortest_cycle(arcs, first);
    if (cycle.empty() || std::any_of(cycle.begin(), cycle.end(), [&](TaskId id) { return reported[id]; })) continue;
    DeadlockCandidate candidate;
    candidate.cycle = true;
    candidate.whole_program = whole_program;
    for (const TaskId id : cycle) {
      reported[id] = true;
      candidate.tasks.push_back(stuck(world, *world.task(id)));
    }
    found.push_back(std::move(candidate));
  }
  if (!found.empty() || !whole_program) return found;

  DeadlockCandidate everybody;
  everybody.whole_program = true;
  for (const TaskInfo& task : world.tasks()) {
    // The program knows when nobody outside posts a semaphore or wakes a futex either.
    const bool was_looked_into =
        all_asleep && task.waiting && (task.waiting->kind == WaitKind::semaphore || is_futex(task.waiting->kind));
    if (takes_part(task) && (waits_on_the_program(world, task) || was_looked_into))
      everybody.tasks.push_back(stuck(world, task));
  }
  if (!everybody.tasks.empty()) found.push_back(std::move(everybody));
  return found;
}

}  // namespace tenter::analysis
