// As in timelines.cc, an arrow is read off the clocks: what a task's clock says of another task after a step, and did not say
// after the step before, was learned at this step, and the arrow begins at the last step of that epoch.
#include "timeline/whole_run.h"

#include <algorithm>
#include <utility>

#include "timeline/worth_keeping.h"

namespace tenter::analysis {

using trace::Op;

void WholeRun::observe(const Step& step, const HappensBefore& order) {
  const std::uint64_t position = position_++;
  const Event& event = step.event;
  if (event.op == Op::wait_end) {
    if (const auto lane = lanes_.find(index(step.task)); lane != lanes_.end()) lane->second.wait.reset();
    return;
  }
  if (event.op == Op::select_case) {
    const auto lane = lanes_.find(index(step.task));
    if (lane != lanes_.end() && lane->second.wait)
      timeline_.steps[*lane->second.wait].waiting->cases.push_back(
          {event.object, (event.flags & trace::ChanFlag::send) != 0});
    return;
  }
  const bool waits = event.op == Op::wait_begin;
  if (!waits && !is_worth_keeping(event)) return;
  if (timeline_.steps.size() >= most_steps_) {
    ++timeline_.left_out;
    // Cases of a wait that is left out belong to no wait that is kept.
    if (const auto lane = lanes_.find(index(step.task)); lane != lanes_.end()) lane->second.wait.reset();
    return;
  }
  const auto [place, is_new] = lanes_.try_emplace(index(step.task));
  if (is_new) timeline_.lanes.push_back(step.task);
  Lane& lane = place->second;
  const std::size_t number = timeline_.steps.size();
  TimelineStep& kept = timeline_.steps.emplace_back(
      TimelineStep{position, step.task, event.op, event.flags, event.object, site_of(event), {}, false});
  if (waits) {
    kept.waiting = Waiting{static_cast<trace::WaitKind>(event.value), event.object, site_of(event), {}};
    lane.wait = number;
    return;
  }
  lane.wait.reset();
  const Seen now{number, order.epoch(step.task).count, order.clock(step.task)};
  if (!lane.seen.empty() || event.op == Op::task_start)
    learn(now, lane.seen.empty() ? VectorClock() : lane.seen.back().clock, step.task);
  lanes_[index(step.task)].seen.push_back(now);
}

void WholeRun::learn(const Seen& now, const VectorClock& before, TaskId self) {
  VectorClock known = before;
  known.raise({self, now.count});
  if (known.includes(now.clock)) return;  // the usual case, and cheap where clocks share what they know
  std::vector<const Seen*> sources;
  for (const TaskId other : timeline_.lanes) {
    const std::uint32_t upto = now.clock.of(other);
    const std::uint32_t knew = before.of(other);
    if (other == self || upto <= knew) continue;
    const std::vector<Seen>& seen = lanes_.at(index(other)).seen;
    const auto after = std::ranges::upper_bound(seen, upto, {}, &Seen::count);
    if (after != seen.begin() && std::prev(after)->count > knew) sources.push_back(&*std::prev(after));
  }
  const auto implied = [&](const Seen& from) {
    const TaskId task = timeline_.steps[from.step].task;
    return std::ranges::any_of(
        sources, [&](const Seen* through) { return through != &from && through->clock.of(task) >= from.count; });
  };
  for (const Seen* from : sources)
    if (!implied(*from)) timeline_.arrows.push_back({from->step, now.step});
}

Timeline WholeRun::finish() { return std::move(timeline_); }

}  // namespace tenter::analysis
