#include "check/deadlock_prediction.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "predict/deadlocks.h"

namespace tenter::analysis {
namespace {

std::uint32_t step_of(const TraceTable& table, std::uint32_t event) { return table.events()[event].step; }

Schedule steps_of(const TraceTable& table, const PredictedDeadlock& deadlock) {
  Schedule schedule = schedule_of(table, deadlock);
  for (std::uint32_t& event : schedule) event = step_of(table, event);
  return schedule;
}

LockCycleCandidate cycle_of(const TraceTable& table, const PredictedDeadlock& deadlock, const LastLook& last_look) {
  LockCycleCandidate cycle;
  for (const PredictedDeadlock::Arc& arc : deadlock.arcs) {
    const Step& held = last_look.at(step_of(table, arc.held)).step;
    const Step& wanted = last_look.at(step_of(table, arc.wanted)).step;
    const auto shared = [](const Step& step) { return (step.event.flags & trace::LockFlag::shared) != 0; };
    cycle.arcs.push_back({wanted.task, held.event.object, wanted.event.object, shared(held), shared(wanted),
                          site_of(held.event), site_of(wanted.event)});
  }
  return cycle;
}

std::vector<std::uint64_t> locks_of(const LockCycleCandidate& cycle) {
  std::vector<std::uint64_t> locks;
  for (const LockArc& arc : cycle.arcs) locks.push_back(arc.held);
  std::sort(locks.begin(), locks.end());
  return locks;
}

}  // namespace

DeadlockPrediction predict_lock_deadlocks(const Recording& recording, StackTable& stacks, RunTable& run,
                                          std::uint64_t most_work, std::vector<LockCycleCandidate>& cycles) {
  DeadlockPrediction outcome;
  const TraceTable& table = run.get().table;
  const PredictedDeadlocks predicted = predict_deadlocks(table, most_work);
  outcome.deadlocks = predicted.found.size();
  if (predicted.gave_up)
    outcome.notes.push_back("The search of spd was given up before its end: this run has too many cycles of locks.");
  if (predicted.found.empty()) return outcome;

  LastLook last_look(table);
  for (const PredictedDeadlock& deadlock : predicted.found) {
    last_look.expect(steps_of(table, deadlock), deadlock.arcs.size());
    for (const PredictedDeadlock::Arc& arc : deadlock.arcs) last_look.expect_step(step_of(table, arc.held));
  }
  last_look.run(recording, stacks);

  std::map<std::vector<std::uint64_t>, std::size_t> known;  // one cycle of the same locks is told
  for (std::size_t i = 0; i < cycles.size(); ++i)
    if (cycles[i].arcs.size() > 1) known.try_emplace(locks_of(cycles[i]), i);
  std::uint64_t refused = 0;
  for (const PredictedDeadlock& deadlock : predicted.found) {
    const Schedule schedule = steps_of(table, deadlock);
    if (!last_look.judge().refute_deadlock(schedule, deadlock.arcs.size()).empty()) {
      ++refused;
      continue;
    }
    LockCycleCandidate cycle = cycle_of(table, deadlock, last_look);
    const auto [at, is_new] = known.try_emplace(locks_of(cycle), cycles.size());
    if (is_new) cycles.emplace_back();
    LockCycleCandidate& told = cycles[at->second];
    if (told.witness) continue;
    cycle.count = told.count;
    cycle.witness = last_look.witness(schedule, deadlock.arcs.size(), "spd");
    told = std::move(cycle);
  }
  if (refused > 0)
    outcome.notes.push_back(counted(refused, "predicted deadlock was", "predicted deadlocks were") +
                            " left out, because the schedule did not stand up to the check.");
  return outcome;
}

}  // namespace tenter::analysis
