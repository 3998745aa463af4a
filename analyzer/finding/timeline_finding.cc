// What happened around a finding: what to ask the run for, and its answer in words.
#include <algorithm>

#include "finding/collect.h"
#include "finding/step_words.h"

namespace tenter::analysis {
namespace {

using trace::Op;

// Whoever looks at a picture of more lanes than these sees none of them.
constexpr std::size_t max_tasks = 6;

TimelineMark mark_of(const Access& access) {
  return {access.task, access.where, access.address, std::max<std::uint64_t>(access.size, 1), false};
}

std::string op_name(const TimelineStep& step) {
  if (step.waiting) return "wait";
  switch (step.op) {
    case Op::access_range: return (step.flags & trace::AccessFlag::write) != 0 ? "write" : "read";
    case Op::free: return "free";
    case Op::atomic_load:
    case Op::atomic_store:
    case Op::atomic_rmw:
    case Op::fence: return "atomic";
    case Op::lock_acquire: return "lock";
    case Op::lock_release: return "unlock";
    case Op::task_create: return "create";
    case Op::task_start: return "start";
    case Op::task_end: return "end";
    case Op::task_join: return "join";
    case Op::chan_send:
    case Op::chan_timer_send: return "send";
    case Op::chan_recv: return "receive";
    case Op::chan_close: return "close";
    default: return "other";
  }
}

std::string words_of(const TimelineStep& step, Describer& describe) {
  if (step.waiting) return waits_words(describe.wants(*step.waiting));
  switch (step.op) {
    case Op::task_start: return "start";
    case Op::task_end: return "end";
    case Op::fence: return "fence";
    case Op::once_pass: return "find the initialization done";
    case Op::acquire: return "acquire, as annotated";
    case Op::release: return "release, as annotated";
    default: return step_words(step.op, step.flags, step.object, describe);
  }
}

// An arrow is of the kind of what lets its end know.
const char* arrow_kind(Op at_its_end) {
  switch (at_its_end) {
    case Op::task_start: return "create";
    case Op::task_join: return "join";
    case Op::lock_acquire:
    case Op::lock_release: return "lock";
    case Op::chan_send:
    case Op::chan_recv:
    case Op::chan_done:
    case Op::chan_close:
    case Op::chan_timer_send: return "channel";
    case Op::atomic_load:
    case Op::atomic_store:
    case Op::atomic_rmw:
    case Op::fence: return "atomic";
    case Op::cond_wake: return "condition";
    default: return "other";
  }
}

}  // namespace

std::vector<TimelineRequest> timeline_requests(const Candidates& candidates) {
  std::vector<TimelineRequest> requests;
  for (const RaceCandidate& race : candidates.races)
    requests.push_back({{mark_of(race.left), mark_of(race.right)}, !race.predicted, {}});
  for (const LockCycleCandidate& cycle : candidates.lock_cycles) {
    TimelineRequest& request = requests.emplace_back();
    for (const LockArc& arc : cycle.arcs)
      if (request.marks.size() < max_tasks) request.marks.push_back({arc.task, arc.wanted_at, arc.wanted, 1, true});
  }
  for (const DeadlockCandidate& deadlock : candidates.deadlocks) {
    TimelineRequest& request = requests.emplace_back();
    for (const StuckTask& stuck : deadlock.tasks)
      if (request.tasks.size() < max_tasks) request.tasks.push_back(stuck.task);
  }
  for (const LeakCandidate& leak : candidates.leaks) {
    TimelineRequest& request = requests.emplace_back();
    request.tasks.push_back(leak.task);
    if (leak.last_handle) request.tasks.push_back(leak.last_handle->by);
    for (const TaskId other : leak.could_unblock)
      if (request.tasks.size() < max_tasks) request.tasks.push_back(other);
  }
  return requests;
}

TimelineRef timeline_of(const Timeline& timeline, const Finding& finding, Describer& describe) {
  TimelineRef told;
  told.left_out = timeline.left_out;
  told.ordered = timeline.ordered;
  for (const TaskId task : timeline.lanes) told.lanes.push_back(describe.task(task));
  for (const TimelineStep& step : timeline.steps) {
    TimelineEventRef& event = told.events.emplace_back();
    event.task = index(step.task);
    event.position = step.position;
    event.op = op_name(step);
    event.does = words_of(step, describe);
    event.at = location_of(describe.stack(step.where));
    // An offset in a library tells nobody anything.
    if (event.at.line == 0 && event.at.function.starts_with('+')) event.at = Location{};
    if (!step.marked) continue;
    const auto side = std::ranges::find(finding.sides, event.task, [](const Side& one) { return one.task.id; });
    if (side != finding.sides.end()) event.side = static_cast<std::uint32_t>(side - finding.sides.begin());
  }
  for (const TimelineArrow& arrow : timeline.arrows)
    told.arrows.push_back({arrow.from, arrow.to, arrow_kind(timeline.steps[arrow.to].op)});
  return told;
}

std::string explain_handover(const Timeline& timeline, Describer& describe) {
  if (!timeline.handover) return {};
  const auto& [write, read, releases, acquires] = *timeline.handover;
  if (releases && acquires) return {};
  const auto at = [&](const TimelineStep& step) {
    const std::string place = known_place_of(describe.stack(step.where));
    return place.empty() ? place : " (" + place + ')';
  };
  const std::string name = describe.other_object(write.object, "atomic").name;
  std::vector<std::string> lacking;
  if (!releases) lacking.emplace_back("the write is no release");
  if (!acquires) lacking.emplace_back("the read is no acquire");
  return (name.empty() ? " An atomic does not order them: "
                       : " The atomic " + quoted_name(name) + " does not order them: ") +
         call_task(describe.task(write.task)) + " writes it" + at(write) + " after its access, " +
         call_task(describe.task(read.task)) + " reads it" + at(read) + " before its own, but " + in_words(lacking) +
         '.';
}

void tell_synchronization(const TimelineRef& timeline, Finding& race) {
  const std::vector<TimelineEventRef>& events = timeline.events;
  for (auto mark = events.begin(); mark != events.end(); ++mark) {
    if (!mark->side) continue;
    Side& side = race.sides[*mark->side];
    // Marks are no synchronization, unless it is an atomic operation that races; then it is told already.
    const auto others = [&](const TimelineEventRef& event) { return event.task == mark->task && !event.side; };
    const auto before = std::find_if(std::reverse_iterator(mark), events.rend(), others);
    if (before != events.rend()) side.last_synchronization = {before->does, before->at};
    const auto after = std::find_if(mark + 1, events.end(), others);
    if (after != events.end()) side.next_synchronization = {after->does, after->at};
  }
}

}  // namespace tenter::analysis
