#include "verdicts.h"

#include <algorithm>

#include "channel/foreseen_misuse.h"
#include "channel/left_by_select.h"
#include "channel/left_held.h"
#include "channel/misuse.h"
#include "deadlock/held_waiting.h"
#include "deadlock/lock_order.h"
#include "deadlock/wait_graph.h"
#include "happens_before/happens_before.h"
#include "leak/left_behind.h"
#include "predict/lost_signals.h"
#include "predict/mixed_deadlocks.h"
#include "predict/prediction.h"
#include "race/race_detector.h"
#include "witness/schedule_check.h"
#include "witness/standstill_check.h"

namespace tenter::analysis {
namespace {

std::string words(std::string first, std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) first += " " + name;
  return first;
}

std::string name_of(const MisuseCandidate& misuse) {
  switch (misuse.kind) {
    case trace::MisuseKind::send_on_closed_channel: return "send-on-closed-channel";
    case trace::MisuseKind::close_of_closed_channel: return "close-of-closed-channel";
    case trace::MisuseKind::close_of_nil_channel: return "close-of-nil-channel";
    case trace::MisuseKind::negative_wait_group: return "negative-wait-group";
    case trace::MisuseKind::unlock_of_unlocked_mutex:
      return misuse.other_task != no_task && !misuse.predicted ? "unlock-by-other-task" : "unlock-of-unlocked-mutex";
    case trace::MisuseKind::double_lock: return "double-lock";
    case trace::MisuseKind::destroy_of_locked_mutex: return "destroy-of-locked-mutex";
    case trace::MisuseKind::uncaught_exception: return "uncaught-exception";
    case trace::MisuseKind::all_tasks_asleep: return "all-asleep";
    case trace::MisuseKind::wait_group_misuse: return "wait-group-misuse";
  }
  return "?";
}

}  // namespace

Standstills standstills(TextTrace& trace) {
  World world;
  TraceTable table;
  ScheduleCheck order;
  StandstillCheck end;
  for (Step step : trace.finish()) {
    world.observe(step);
    table.observe(step);
    order.observe(step);
    end.observe(step);
  }
  table.finish();
  const auto steps_of = [&](const auto& one) {
    std::vector<std::uint32_t> schedule;
    for (const std::uint32_t event : one.schedule) schedule.push_back(table.events()[event].step);
    return schedule;
  };
  const auto stuck = [&](std::uint32_t event) {
    return Standstills::Stuck{table.task_id(table.events()[event].task), table.events()[event].where.pc};
  };
  Standstills all;
  for (const MixedDeadlock& one : predict_mixed_deadlocks(table).found) {
    const std::vector<std::uint32_t> schedule = steps_of(one);
    if (!order.refute_order(schedule).empty() || !end.after(schedule).objection.empty()) continue;
    all.mixed.push_back({stuck(one.waiting), stuck(one.wanted)});
  }
  for (const LostSignal& one : predict_lost_signals(table)) {
    const std::vector<std::uint32_t> schedule = steps_of(one);
    const std::uint32_t signal = table.events()[one.signal].step;
    if (!order.refute_order(schedule, signal).empty() || !end.after(schedule, signal).objection.empty()) continue;
    all.lost.push_back(stuck(one.wake));
  }
  return all;
}

std::set<std::string> hidden_races(TextTrace& trace) {
  World world;
  TraceTable table;
  ScheduleCheck judge;
  const std::vector<Step>& steps = trace.finish();
  for (Step step : steps) {
    world.observe(step);
    table.observe(step);
    judge.observe(step);
  }
  table.finish();
  std::set<std::string> hidden;
  const auto take = [&](const Predictions& found, const std::string& by) {
    for (const PredictedRace& race : found.races) {
      const std::uint32_t left = table.events()[race.left].step, right = table.events()[race.right].step;
      std::vector<std::uint32_t> schedule;
      for (const std::uint32_t event : schedule_of(table, race)) schedule.push_back(table.events()[event].step);
      const bool after_free = steps[left].event.op == trace::Op::free || steps[right].event.op == trace::Op::free;
      const std::uint64_t byte = std::max(steps[left].event.object, steps[right].event.object);
      const std::string what = std::string(after_free ? "use-after-free " : "race ") + trace.object_name(byte);
      if (!judge.refute(schedule).empty()) hidden.insert("refused " + what);
      else if (by.empty() || !hidden.contains("hidden " + what)) hidden.insert("hidden " + what + by);
    }
  };
  const Predictions syncp = predict_sync_preserving(table, world.lock_sets());
  take(syncp, "");
  take(predict_lock_reversal(table, world.lock_sets(), 0, syncp), " deep");
  return hidden;
}

std::vector<LeftBySelectCandidate> left_by_select(TextTrace& trace) {
  World world;
  ValueOrder values;
  LeftBySelect left(world, &values.order());
  for (Step step : trace.finish()) {
    world.observe(step);
    left.observe(step);
    values.observe(step);
  }
  return left.candidates();
}

Verdicts verdicts_of(TextTrace& trace) {
  World world;
  HappensBefore order;
  RaceDetector races(world, order);
  LockOrder locks(world);
  LeftBehind left(world);
  Misuse misuse(world);
  ForeseenMisuse foreseen(order);
  LeftHeld left_held(world);
  HeldWaiting held_waiting(world, 10'000'000'000);
  for (Step step : trace.finish()) {
    world.observe(step);
    foreseen.observe(step);
    left_held.observe(step);
    held_waiting.observe(step);
    order.observe(step);
    races.observe(step);
    locks.observe(step);
    left.observe(step);
    misuse.observe(step);
  }

  std::set<std::string> all;
  Verdicts verdicts;
  std::vector<RaceCandidate> found = races.candidates();
  drop_doubtful(found);
  for (const RaceCandidate& race : found) {
    const bool after_free = race.left.kind == AccessKind::free || race.right.kind == AccessKind::free;
    const std::uint64_t byte = std::max(race.left.address, race.right.address);
    all.insert((after_free ? "use-after-free " : "race ") + trace.object_name(byte));
    verdicts.racy_lines.insert(static_cast<unsigned>(race.left.where.pc));
    verdicts.racy_lines.insert(static_cast<unsigned>(race.right.where.pc));
  }
  for (const std::string& race : hidden_races(trace)) {
    const auto told = [&](const std::string& one) { return race == "hidden " + one || race == "hidden " + one + " deep"; };
    if (std::none_of(all.begin(), all.end(), told)) all.insert(race);
  }
  for (const LockCycleCandidate& cycle : locks.candidates()) {
    std::vector<std::string> names;
    for (const LockArc& arc : cycle.arcs) names.push_back(trace.object_name(arc.held));
    all.insert(words("cycle", names));
  }
  std::vector<DeadlockCandidate> deadlocks = find_deadlocks(world, misuse.all_asleep());
  LeftOver left_over = left.conclude(deadlocks, trace.complete());
  std::ranges::move(left_over.knots, std::back_inserter(deadlocks));
  for (const DeadlockCandidate& deadlock : deadlocks) {
    std::vector<std::string> names;
    for (const StuckTask& task : deadlock.tasks) names.push_back(trace.task_name(task.task));
    all.insert(words(deadlock.cycle ? "deadlock" : "asleep", names));
  }
  for (const LeakCandidate& leak : left_over.leaks) {
    const std::string name = trace.task_name(leak.task);
    if (leak.thread) {
      all.insert("thread-leak " + name);
    } else if (leak.reason == LeakReason::still_running) {
      all.insert("leak " + name + " still-running");
    } else {
      all.insert("leak " + name + " " + name_of(leak.reason) + (leak.proven ? " proven" : " likely") +
                 (leak.last_handle ? " dropped " + std::to_string(leak.last_handle->where.pc) : std::string()));
    }
  }
  for (const LeftBySelectCandidate& one : left_by_select(trace)) {
    std::string verdict = "left-by-select " + trace.task_name(one.task) + (one.sends ? " send-no-receiver" : " receive-no-sender");
    for (const std::uint64_t lock : one.held) verdict += " holding " + trace.object_name(lock);
    all.insert(verdict);
  }
  for (const LeftHeldCandidate& one : left_held.candidates())
    all.insert("left-held " + trace.task_name(one.task) + " " + trace.object_name(one.lock));
  for (const HeldWaitingCandidate& one : held_waiting.candidates()) {
    constexpr std::uint64_t ns_per_s = 1'000'000'000;
    all.insert("held-waiting " + trace.task_name(one.holder) + ' ' + trace.object_name(one.lock) + ' ' +
               std::to_string(one.ns / ns_per_s) + ' ' + std::to_string(one.others));
  }
  const std::vector<MisuseCandidate> possible = foreseen.candidates();
  for (const auto* misused : {&misuse.candidates(), &possible}) {
    for (const MisuseCandidate& one : *misused) {
      if (one.kind == trace::MisuseKind::all_tasks_asleep && !deadlocks.empty()) continue;  // said already, and by name
      all.insert("misuse " + name_of(one) + (one.object != 0 ? " " + trace.object_name(one.object) : ""));
    }
  }
  if (trace.complete()) {
    const Standstills stuck = standstills(trace);
    for (const auto& [waiting, wanted] : stuck.mixed) {
      all.insert(words("mixed", {trace.task_name(waiting.task), trace.task_name(wanted.task)}));
    }
    for (const Standstills::Stuck& one : stuck.lost) all.insert("lost-signal " + trace.task_name(one.task));
  }
  verdicts.all.assign(all.begin(), all.end());
  return verdicts;
}

}  // namespace tenter::analysis
