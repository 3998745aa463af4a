// Cycles: of locks that tasks took in different orders, and of tasks that waited for each other for good.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "finding/collect.h"
#include "finding/fingerprint.h"

namespace tenter::analysis {
namespace {

// A program with a million sleeping tasks has one deadlock, not a report of a million stacks.
constexpr std::size_t max_shown = 64;

bool is_lock_wait(const Waiting& waiting) {
  return waiting.kind == trace::WaitKind::lock || waiting.kind == trace::WaitKind::shared_lock;
}

// Only its own task could end such a wait for itself, without a doubt.
bool waits_for_a_holder(const Waiting& waiting) {
  return is_lock_wait(waiting) || waiting.kind == trace::WaitKind::once;
}

// What the task holds of that for which another one waits; empty where it merely could do what the other waits for.
struct Holding {
  std::string what;
  Site since;
};
Holding held_for(const Waiting& other, const TaskInfo& task, const std::vector<HeldLock>& locks, Describer& describe) {
  if (is_lock_wait(other)) {
    for (const HeldLock& held : locks) {
      if (held.lock != other.object) continue;
      const auto kind = held.shared ? trace::WaitKind::shared_lock : trace::WaitKind::lock;
      return {describe.wants({kind, held.lock, held.where, {}}), held.where};
    }
  }
  if (other.kind == trace::WaitKind::once) {
    const OnceRun* run = describe.world().once_run(other.object);
    if (run != nullptr && run->task == task.id) return {describe.wants(other), run->where};
  }
  return {};
}

const char* wait_role(trace::WaitKind kind) {
  switch (kind) {
    case trace::WaitKind::lock:
    case trace::WaitKind::shared_lock: return "lock";
    case trace::WaitKind::join: return "join";
    case trace::WaitKind::chan_send:
    case trace::WaitKind::nil_channel_send: return "send";
    case trace::WaitKind::chan_recv:
    case trace::WaitKind::nil_channel_recv: return "receive";
    case trace::WaitKind::select: return "select";
    default: return "wait";
  }
}

}  // namespace

Finding lock_cycle_finding(const LockCycleCandidate& cycle, Describer& describe) {
  Finding finding;
  finding.certainty = "predicted";
  finding.severity = "warning";
  finding.count = cycle.count;
  if (cycle.witness) {
    finding.severity = "error";
    finding.found_by = {cycle.witness->analysis};
    finding.witness = witness_of(*cycle.witness, describe);
  }
  const bool single = cycle.arcs.size() == 1;
  finding.kind = single ? "double-lock" : "lock-order-inversion";

  // The cycle has no first arc: it is shown from the smallest on, as its fingerprint is.
  std::vector<std::pair<std::string, const LockArc*>> arcs;
  for (const LockArc& arc : cycle.arcs)
    arcs.emplace_back(describe.lock_key(arc.held) + " then " + describe.lock_key(arc.wanted) + " at " +
                          site_key(describe.stack(arc.held_at)) + " and " + site_key(describe.stack(arc.wanted_at)),
                      &arc);
  std::vector<std::string> keys;
  for (const auto& [key, arc] : arcs) keys.push_back(key);
  keys = rotated_to_smallest(std::move(keys));
  for (std::size_t i = 0; i < arcs.size() && !keys.empty(); ++i) {
    bool same = true;
    for (std::size_t j = 0; j < arcs.size(); ++j) same = same && arcs[j].first == keys[j];
    if (same) break;
    std::rotate(arcs.begin(), arcs.begin() + 1, arcs.end());
  }
  finding.fingerprint = fingerprint(finding.kind, "", keys);

  std::vector<std::string> names, steps;
  for (const auto& [key, arc] : arcs) {
    Side side;
    side.role = "lock";
    side.task = describe.task(arc->task);
    side.stack = describe.stack(arc->wanted_at);
    side.locks = {describe.lock(arc->held)};
    WaitRef wait;
    wait.task = side.task;
    wait.wants = describe.wants(
        {arc->wanted_shared ? trace::WaitKind::shared_lock : trace::WaitKind::lock, arc->wanted, arc->wanted_at, {}});
    wait.stack = side.stack;
    wait.holds = describe.wants(
        {arc->held_shared ? trace::WaitKind::shared_lock : trace::WaitKind::lock, arc->held, arc->held_at, {}});
    wait.held_at = describe.stack(arc->held_at);
    names.push_back(quoted_name(describe.lock(arc->held).name));
    steps.push_back(call_task(side.task) + " takes " + quoted_name(describe.lock(arc->wanted).name) + " at " +
                    place_of(wait.stack) + " while it holds " + quoted_name(describe.lock(arc->held).name) +
                    " (since " + place_of(wait.held_at) + ")");
    finding.locations.push_back(location_of(side.stack));
    finding.sides.push_back(std::move(side));
    finding.cycle.push_back(std::move(wait));
  }
  if (!arcs.empty()) finding.object = describe.lock_object(arcs.front().second->wanted);
  std::string all = in_words(steps);
  if (!all.empty() && all[0] >= 'a' && all[0] <= 'z') all[0] = static_cast<char>(all[0] - 'a' + 'A');
  if (single) {
    finding.message =
        "possible deadlock of one task with itself: " + names.front() + " is taken again while it is held";
    finding.explanation =
        all + ". If a writer comes between the two, the second waits for the writer and the writer for the first.";
  } else {
    finding.message = "possible deadlock: " + in_words(names) + " are taken in different orders";
    finding.explanation =
        all +
        ". In another schedule each holds its first lock while it waits for the other's. This run got past; no common lock "
        "taken before them prevents it" +
        (cycle.witness ? ", and the order of steps given here ends with each waiting for the next."
                       : ". That it is possible by the order of the locks is all that is known.");
  }
  return finding;
}

Finding deadlock_finding(const DeadlockCandidate& deadlock, Describer& describe) {
  Finding finding;
  finding.certainty = "observed";
  finding.severity = "error";
  if (deadlock.witness) {
    finding.certainty = "predicted";
    finding.found_by = {deadlock.witness->analysis};
    finding.witness = witness_of(*deadlock.witness, describe);
  }
  const World& world = describe.world();
  // At the end of the run, or where the prediction ends.
  const auto locks_of = [&](const StuckTask& stuck) {
    const TaskInfo* const info = world.task(stuck.task);
    return deadlock.witness || info == nullptr ? stuck.held : info->held;
  };
  const std::size_t size = deadlock.tasks.size();
  const bool self =
      size == 1 && deadlock.cycle && !deadlock.whole_program && waits_for_a_holder(deadlock.tasks.front().waiting);
  finding.kind = self ? "double-lock" : "deadlock";

  std::vector<std::pair<std::string, std::size_t>> order;
  for (std::size_t i = 0; i < size; ++i) {
    const StuckTask& stuck = deadlock.tasks[i];
    order.emplace_back(describe.object_key(stuck.waiting) + " at " + site_key(describe.stack(stuck.waiting.where)), i);
  }
  std::vector<std::string> keys;
  for (const auto& [key, i] : order) keys.push_back(key);
  if (deadlock.cycle) {
    keys = rotated_to_smallest(std::move(keys));
    for (std::size_t turn = 0; turn < size; ++turn) {
      bool same = true;
      for (std::size_t j = 0; j < size; ++j) same = same && order[j].first == keys[j];
      if (same) break;
      std::rotate(order.begin(), order.begin() + 1, order.end());
    }
  } else {
    // Many tasks may sleep at one place; how many does not make it another bug.
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    std::sort(order.begin(), order.end());
  }
  finding.fingerprint = fingerprint(finding.kind, deadlock.cycle ? "cycle" : "all asleep", keys);

  std::vector<std::string> steps;
  std::set<std::string> wanted;
  for (const auto& [key, i] : order) {
    const StuckTask& stuck = deadlock.tasks[i];
    WaitRef wait = describe.wait(stuck.task, stuck.waiting);
    // In a cycle what this task holds is what the one before it waits for; of a crowd somebody waits for it.
    for (std::size_t n = 1; n <= size && wait.holds.empty(); ++n) {
      const Waiting& other = deadlock.tasks[(i + size - n) % size].waiting;
      const TaskInfo* const info = world.task(stuck.task);
      const Holding holding = info != nullptr ? held_for(other, *info, locks_of(stuck), describe) : Holding{};
      wait.holds = holding.what;
      if (!wait.holds.empty()) wait.held_at = describe.stack(holding.since);
      if (deadlock.cycle) break;
    }
    std::string whom;
    const bool for_a_holder = waits_for_a_holder(stuck.waiting) || stuck.waiting.kind == trace::WaitKind::join;
    if (deadlock.cycle && size > 1 && !for_a_holder)
      whom = ", where it needs " + call_task(describe.task(deadlock.tasks[(i + 1) % size].task));
    wanted.insert(wait.wants);
    if (finding.cycle.size() == max_shown) continue;
    steps.push_back(
        call_task(wait.task) + ' ' + waits_words(wait.wants, place_of(wait.stack)) + whom +
        (wait.holds.empty() ? std::string() : " and holds " + wait.holds + " since " + place_of(wait.held_at)));
    Side side;
    side.role = wait_role(stuck.waiting.kind);
    side.task = wait.task;
    side.stack = wait.stack;
    for (const HeldLock& held : locks_of(stuck)) side.locks.push_back(describe.lock(held.lock));
    finding.locations.push_back(location_of(side.stack));
    finding.sides.push_back(std::move(side));
    finding.cycle.push_back(std::move(wait));
  }
  if (size > finding.cycle.size())
    steps.push_back(counted(size - finding.cycle.size(), "more task waits", "more tasks wait") + " likewise");

  std::string all = in_words(steps);
  if (!all.empty() && all[0] >= 'a' && all[0] <= 'z') all[0] = static_cast<char>(all[0] - 'a' + 'A');
  std::vector<std::string> objects(wanted.begin(), wanted.end());
  if (objects.size() > 4) {
    const std::size_t more = objects.size() - 4;
    objects.resize(4);
    objects.push_back(std::to_string(more) + " more");
  }
  if (deadlock.witness) {
    finding.message =
        (deadlock.cycle ? "possible deadlock: " + std::to_string(size) + " tasks can come to wait for each other ("
                        : std::string("possible deadlock: all tasks can come to wait, and nobody to wake one (")) +
        in_words(objects) + ')';
    finding.explanation =
        all +
        ". In this run it did not come to that; after the order of steps given here it has, and nobody is "
        "left who could let one of them go on.";
  } else if (self) {
    finding.message = "a task waits for a lock that it holds itself: " + in_words(objects);
    finding.explanation = all + ". Only the task itself could release it, and it never gets there.";
  } else if (deadlock.cycle) {
    finding.message = (size == 1 ? std::string("deadlock: a task waits for itself (")
                                 : "deadlock: " + std::to_string(size) + " tasks wait for each other (") +
                      in_words(objects) + ')';
    finding.explanation = all + ". Each waits for the next and the last for the first, so none goes on.";
    if (deadlock.whole_program) finding.explanation += " Every task of the program waits.";
  } else {
    finding.message = "deadlock: all tasks are asleep, and nothing is left to wake one (" + in_words(objects) + ')';
    finding.explanation =
        all + ". Every task and thread waits, no timer is pending, and nothing outside the program can wake one.";
  }
  if (size != 0 && is_lock_wait(deadlock.tasks[order.front().second].waiting))
    finding.object = describe.lock_object(deadlock.tasks[order.front().second].waiting.object);
  return finding;
}

}  // namespace tenter::analysis
