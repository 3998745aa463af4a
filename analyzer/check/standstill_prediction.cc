#include "check/standstill_prediction.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "predict/lost_signals.h"
#include "predict/mixed_deadlocks.h"

namespace tenter::analysis {
namespace {

using Place = std::pair<std::uint64_t, std::uint32_t>;
Place place_of(const TableEvent& event) { return {event.where.pc, index(event.where.callers)}; }

class Teller {
 public:
  Teller(const TableOfRun& run, const LastLook& last_look) : run_(run), table_(run.table), last_look_(last_look) {}

  std::uint32_t step_of(std::uint32_t event) const { return table_.events()[event].step; }
  template <class Prediction>
  Schedule steps_of(const Prediction& one) const {
    Schedule schedule = one.schedule;
    for (std::uint32_t& event : schedule) event = step_of(event);
    return schedule;
  }

  // Nothing where a judge objects.
  std::optional<DeadlockCandidate> candidate(const MixedDeadlock& one) const {
    const Schedule schedule = steps_of(one);
    if (!last_look_.judge().refute_order(schedule).empty()) return std::nullopt;
    const Standstill end = last_look_.standstill_judge().after(schedule);
    if (!end.objection.empty()) return std::nullopt;
    const Step& held = last_look_.at(step_of(one.held)).step;
    const Step& waiting = last_look_.at(step_of(one.waiting)).step;
    const Step& wanted = last_look_.at(step_of(one.wanted)).step;
    const auto stuck_at = [&](const Step& step) {
      return std::ranges::find_if(end.stuck, [&](const StuckAt& stuck) { return stuck.task == step.task; });
    };
    const auto waits = stuck_at(waiting), wants = stuck_at(wanted);
    if (waits == end.stuck.end() || wants == end.stuck.end() || wants->step != step_of(one.wanted)) return std::nullopt;
    DeadlockCandidate deadlock;
    deadlock.cycle = true;
    const bool shared = (held.event.flags & trace::LockFlag::shared) != 0;
    deadlock.tasks = {{waits->task,
                       {waits->kind, waits->object, site_of(waiting.event), {}},
                       {wants->task},
                       {{held.event.object, shared, site_of(held.event), 1}}},
                      {wants->task, {wants->kind, wants->object, site_of(wanted.event), {}}, {waits->task}}};
    deadlock.witness = last_look_.witness(schedule, 0, "standstill");
    return deadlock;
  }

  // A deadlock of the whole program where the main task waits, too, else a leak.
  void add(const LostSignal& one, StandstillPrediction& outcome) const {
    const Schedule schedule = steps_of(one);
    const std::uint32_t signal = step_of(one.signal);
    if (!last_look_.judge().refute_order(schedule, signal).empty()) return;
    const Standstill end = last_look_.standstill_judge().after(schedule, signal);
    const auto waiter =
        std::ranges::find_if(end.stuck, [&](const StuckAt& stuck) { return stuck.step == step_of(one.wake); });
    if (!end.objection.empty() || waiter == end.stuck.end()) return;
    const auto kind_of = [&](TaskId task) { return run_.world.task(task)->kind; };
    const Witness witness = last_look_.witness(schedule, 0, "standstill");
    if (std::ranges::any_of(end.stuck,
                            [&](const StuckAt& stuck) { return kind_of(stuck.task) == trace::TaskKind::main; })) {
      DeadlockCandidate deadlock;
      deadlock.whole_program = true;
      for (const StuckAt& stuck : end.stuck) deadlock.tasks.push_back({stuck.task, waiting_at(stuck), {}});
      deadlock.witness = witness;
      outcome.deadlocks.push_back(std::move(deadlock));
    } else if (kind_of(waiter->task) == trace::TaskKind::task) {
      LeakCandidate leak;
      leak.task = waiter->task;
      leak.reason = LeakReason::condition_never_signalled;
      leak.proven = true;
      leak.waiting = waiting_at(*waiter);
      leak.witness = witness;
      outcome.leaks.push_back(std::move(leak));
    }
  }

 private:
  Waiting waiting_at(const StuckAt& stuck) const {
    const auto& events = table_.events();
    const auto at = std::ranges::lower_bound(events, stuck.step, {}, &TableEvent::step);
    return {stuck.kind, stuck.object, at != events.end() ? at->where : Site{}, {}};
  }

  const TableOfRun& run_;
  const TraceTable& table_;
  const LastLook& last_look_;
};

}  // namespace

StandstillPrediction predict_standstills(const Recording& recording, StackTable& stacks, RunTable& run,
                                         std::uint64_t most_work) {
  StandstillPrediction outcome;
  const TraceTable& table = run.get().table;
  if (table.full()) return outcome;  // what tasks would do next is not known
  const MixedDeadlocks predicted = predict_mixed_deadlocks(table, most_work);
  if (predicted.gave_up)
    outcome.notes.push_back(
        "The search of standstill was given up before its end: in this run too many waits are under locks.");
  const std::vector<LostSignal> lost = predict_lost_signals(table, most_work);
  if (predicted.found.empty() && lost.empty()) return outcome;

  LastLook last_look(table, /*at_standstills=*/true);
  const Teller teller(run.get(), last_look);
  for (const MixedDeadlock& one : predicted.found) {
    last_look.expect(teller.steps_of(one), 0);
    for (const std::uint32_t event : {one.held, one.waiting, one.wanted}) last_look.expect_step(teller.step_of(event));
  }
  for (const LostSignal& one : lost) last_look.expect(teller.steps_of(one), 0);
  last_look.run(recording, stacks);

  std::set<std::tuple<Place, Place, Place>> told;
  for (const MixedDeadlock& one : predicted.found) {
    const auto& events = table.events();
    const std::tuple places(place_of(events[one.held]), place_of(events[one.waiting]), place_of(events[one.wanted]));
    if (told.contains(places)) continue;
    if (std::optional<DeadlockCandidate> deadlock = teller.candidate(one)) {
      told.insert(places);
      outcome.deadlocks.push_back(std::move(*deadlock));
    }
  }
  for (const LostSignal& one : lost) teller.add(one, outcome);
  return outcome;
}

}  // namespace tenter::analysis
