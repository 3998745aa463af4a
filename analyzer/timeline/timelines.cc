// Which step let a task know of another's is not worked out anew: HappensBefore has done so. The clock that a task has after
// a step, compared with the one that it had after its step before, tells up to which epoch of each other task it has
// learned, and that epoch's last step is where the arrow begins. Arrows that others imply are left out.
#include "timeline/timelines.h"

#include <algorithm>
#include <set>
#include <utility>

#include "happens_before/memory_orders.h"
#include "timeline/worth_keeping.h"

namespace tenter::analysis {
namespace {

using trace::Op;

bool is_atomic_op(Op op) { return op == Op::atomic_load || op == Op::atomic_store || op == Op::atomic_rmw; }

bool is_synchronization(Op op) { return op != Op::access_range && op != Op::free; }

bool fits(const TimelineMark& mark, const Event& event) {
  if (mark.where != site_of(event)) return false;
  if (mark.acquires_lock) return event.op == Op::lock_acquire && event.object == mark.address;
  const bool access = event.op == Op::access_range || is_atomic_op(event.op) || event.op == Op::free;
  if (!access) return false;
  const std::uint64_t size = is_atomic_op(event.op) ? event.arg : event.value;
  // A free takes all of its block, whatever size it tells.
  return event.object < mark.address + mark.size &&
         (event.op == Op::free || mark.address < event.object + std::max<std::uint64_t>(size, 1));
}

}  // namespace

Timelines::Timelines(const World& world, std::vector<TimelineRequest> requests) {
  interest_.resize(world.tasks().size(), none);
  scenes_.resize(requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    Scene& scene = scenes_[i];
    scene.request = std::move(requests[i]);
    if (i >= max_timelines) continue;
    ++unfinished_;
    const auto show = [&](TaskId task) {
      const bool known = std::ranges::find(scene.lanes, task) != scene.lanes.end();
      if (known || task == no_task || index(task) >= interest_.size() || scene.lanes.size() == max_lanes) return;
      scene.lanes.push_back(task);
    };
    for (const TimelineMark& mark : scene.request.marks) show(mark.task);
    for (const TaskId task : scene.request.tasks) show(task);
    // Who created them, from the nearest on, so that the arrows of creation have a beginning.
    for (std::size_t next = 0; next < scene.lanes.size(); ++next)
      if (const TaskInfo* info = world.task(scene.lanes[next])) show(info->creator);
    std::ranges::sort(scene.lanes);
    for (const TaskId task : scene.lanes) {
      interest_[index(task)] |= lane;
      lanes_[index(task)];
    }
    scene.sightings.resize(scene.request.marks.size());
    for (std::size_t m = 0; m < scene.request.marks.size(); ++m) {
      const std::uint32_t task = index(scene.request.marks[m].task);
      if (task >= interest_.size()) continue;
      interest_[task] |= marked;
      marks_[task].emplace_back(i, m);
    }
  }
}

void Timelines::look_at(const Step& step, const HappensBefore& order, std::uint64_t position) {
  const Event& event = step.event;
  if ((interest_[index(step.task)] & marked) != 0) {
    sight(step, order, position);
    if (is_atomic_op(event.op) || event.op == Op::fence) hand_over(step, position);
  }
  if (event.op == Op::wait_begin) {
    Waiting waiting{static_cast<trace::WaitKind>(event.value), event.object, site_of(event), {}};
    lanes_[index(step.task)].waits = TimelineStep{position,     step.task,      event.op,           event.flags,
                                                  event.object, site_of(event), std::move(waiting), true};
  } else if (event.op == Op::select_case) {
    if (auto& waits = lanes_[index(step.task)].waits)
      waits->waiting->cases.push_back({event.object, (event.flags & trace::ChanFlag::send) != 0});
  } else if (event.op == Op::wait_end) {
    lanes_[index(step.task)].waits.reset();
  } else if (is_worth_keeping(event)) {
    synchronize(step, order, position);
  }
}

void Timelines::synchronize(const Step& step, const HappensBefore& order, std::uint64_t position) {
  const Event& event = step.event;
  Lane& self = lanes_[index(step.task)];
  Moment moment{{position, step.task, event.op, event.flags, event.object, site_of(event), {}, false},
                order.epoch(step.task).count,
                order.clock(step.task)};
  if (event.op == Op::task_create)
    if (const auto child = lanes_.find(static_cast<std::uint32_t>(event.object)); child != lanes_.end())
      child->second.created = moment;
  if (!self.first) self.first = moment;
  for (const std::size_t i : self.open) {
    int& wanted = scenes_[i].wanted[index(step.task)];
    if (wanted-- > 0) scenes_[i].moments.push_back(moment);
  }
  std::erase_if(self.open, [&](std::size_t i) { return scenes_[i].wanted[index(step.task)] <= 0; });
  for (const auto& [i, m] : self.marks_before)
    if (!scenes_[i].found) scenes_[i].sightings[m].after = moment;
  self.marks_before.clear();
  // A loop that looks at a flag again and again is one step, the last of them.
  if (!self.latest.empty() && event.op == Op::atomic_load) {
    const TimelineStep& last = self.latest.back().step;
    if (last.op == event.op && last.object == event.object && last.where == site_of(event)) self.latest.pop_back();
  }
  self.latest.push_back(std::move(moment));
  ++self.total;
  if (self.latest.size() > kept_steps) self.latest.pop_front();
}

void Timelines::sight(const Step& step, const HappensBefore& order, std::uint64_t position) {
  const Event& event = step.event;
  const auto of_task = marks_.find(index(step.task));
  if (of_task == marks_.end()) return;
  for (const auto& [i, m] : of_task->second) {
    Scene& scene = scenes_[i];
    if (scene.found || !fits(scene.request.marks[m], event)) continue;
    Sighting& sighting = scene.sightings[m];
    Lane& self = lanes_[index(step.task)];
    if (!sighting.seen || sighting.total_before != self.total) {
      const std::size_t kept = std::min(self.latest.size(), kept_with_mark);
      sighting.before.assign(self.latest.end() - static_cast<std::ptrdiff_t>(kept), self.latest.end());
      sighting.total_before = self.total;
    }
    if (!sighting.seen || sighting.after) self.marks_before.emplace_back(i, m);
    sighting.seen = true;
    sighting.after.reset();
    sighting.fenced = false;
    sighting.written.clear();
    sighting.handover.reset();
    sighting.moment = {{position, step.task, event.op, event.flags, event.object, site_of(event), {}, true},
                       order.epoch(step.task).count,
                       order.clock(step.task)};
    if (!std::ranges::all_of(scene.sightings, &Sighting::seen)) continue;
    const bool pair = scene.sightings.size() == 2;
    const Sighting& other = scene.sightings[pair ? 1 - m : m];
    const bool ordered = pair && order.ordered({other.moment.step.task, other.moment.count}, step.task);
    if (scene.request.unordered && ordered) continue;
    scene.ordered = ordered;
    if (pair && !ordered) scene.handover = other.handover;
    found(i);
  }
}

// People take what was read for a sign that what was done before it was written is done.
void Timelines::hand_over(const Step& step, std::uint64_t position) {
  const Event& event = step.event;
  const auto of_task = marks_.find(index(step.task));
  if (of_task == marks_.end()) return;
  const TimelineStep now{position, step.task, event.op, event.flags, event.object, site_of(event), {}, false};
  for (const auto& [i, m] : of_task->second) {
    Scene& scene = scenes_[i];
    if (scene.found || scene.sightings.size() != 2) continue;
    Sighting &own = scene.sightings[m], &other = scene.sightings[1 - m];
    if (event.op == Op::fence) {
      own.fenced = own.fenced || releases(order_of(event));
      if (other.handover && acquires(order_of(event))) other.handover->acquires = true;
      continue;
    }
    const auto of_object = [&](const Handover& one) { return one.write.object == event.object; };
    if (other.seen && event.op != Op::atomic_store) {
      const auto written = std::ranges::find_if(other.written, of_object);
      if (written != other.written.end())
        other.handover = {written->write, now, written->releases, acquires(order_of(event))};
    }
    if (own.seen && event.op != Op::atomic_load && own.written.size() < kept_written &&
        std::ranges::none_of(own.written, of_object))
      own.written.push_back({now, {}, own.fenced || releases(order_of(event)), false});
  }
}

void Timelines::found(std::size_t i) {
  Scene& scene = scenes_[i];
  scene.found = true;
  --unfinished_;
  finished_at_ = position_;
  for (Sighting& sighting : scene.sightings) {
    std::ranges::move(sighting.before, std::back_inserter(scene.moments));
    scene.moments.push_back(std::move(sighting.moment));
    if (sighting.after) scene.moments.push_back(std::move(*sighting.after));
  }
  scene.sightings.clear();
  take_lanes(scene);
  for (const TaskId task : scene.lanes) {
    scene.wanted[index(task)] = kept_after;
    lanes_[index(task)].open.push_back(i);
  }
}

// What the tasks did last. The rest of their synchronization so far is counted.
void Timelines::take_lanes(Scene& scene) {
  std::uint64_t total = 0;
  for (const TaskId task : scene.lanes) {
    const Lane& self = lanes_[index(task)];
    total += self.total;
    std::ranges::copy(self.latest, std::back_inserter(scene.moments));
    if (self.created) scene.moments.push_back(*self.created);
    if (self.first) scene.moments.push_back(*self.first);
  }
  std::set<std::uint64_t> kept;
  for (const Moment& moment : scene.moments)
    if (is_synchronization(moment.step.op)) kept.insert(moment.step.position);
  scene.left_out = total - std::min<std::uint64_t>(total, kept.size());
}

Timeline Timelines::drawn(Scene& scene) const {
  std::vector<Moment>& moments = scene.moments;
  const auto position = [](const Moment& moment) { return moment.step.position; };
  // A marked lock is kept as a mark and as synchronization; the mark stays.
  std::ranges::sort(moments, [&](const Moment& a, const Moment& b) {
    return std::pair(position(a), !a.step.marked) < std::pair(position(b), !b.step.marked);
  });
  const auto repeated = std::ranges::unique(moments, {}, position);
  moments.erase(repeated.begin(), repeated.end());

  Timeline timeline;
  timeline.lanes = scene.lanes;
  timeline.ordered = scene.ordered;
  std::unordered_map<std::uint32_t, std::size_t> previous;  // by task
  for (std::size_t to = 0; to < moments.size(); ++to) {
    const Moment& moment = moments[to];
    const TaskId self = moment.step.task;
    const auto before = previous.find(index(self));
    const auto knew = [&](TaskId task) {
      return before == previous.end() ? std::uint32_t{0} : moments[before->second].clock.of(task);
    };
    // Where nothing of the task was kept before, only its start is sure to have learned what it knows.
    const bool comparable = before != previous.end() || moment.step.op == Op::task_start;
    std::vector<std::size_t> sources;
    for (const TaskId other : scene.lanes) {
      if (!comparable || other == self || moment.clock.of(other) <= knew(other)) continue;
      // The last kept step of the other task that is known now; it is news if the epoch was not known before.
      for (std::size_t from = to; from-- > 0;) {
        if (moments[from].step.task != other || moments[from].step.waiting) continue;
        if (moments[from].count > moment.clock.of(other)) continue;
        if (moments[from].count > knew(other)) sources.push_back(from);
        break;
      }
    }
    for (const std::size_t from : sources) {
      const bool implied = std::ranges::any_of(sources, [&](std::size_t through) {
        return through != from && moments[through].clock.of(moments[from].step.task) >= moments[from].count;
      });
      if (!implied) timeline.arrows.push_back({from, to});
    }
    previous[index(self)] = to;
  }
  for (Moment& moment : moments) timeline.steps.push_back(std::move(moment.step));
  timeline.left_out = scene.left_out;
  timeline.handover = scene.handover;
  return timeline;
}

std::vector<std::optional<Timeline>> Timelines::finish() {
  std::vector<std::optional<Timeline>> timelines(scenes_.size());
  for (std::size_t i = 0; i < scenes_.size(); ++i) {
    Scene& scene = scenes_[i];
    if (scene.lanes.empty()) continue;
    const bool at_end = scene.request.marks.empty();
    if (at_end) {
      take_lanes(scene);
      for (const TaskId task : scene.request.tasks)
        if (const auto of_task = lanes_.find(index(task)); of_task != lanes_.end() && of_task->second.waits)
          scene.moments.push_back({*of_task->second.waits, 0, {}});
    } else if (!scene.found) {
      continue;
    }
    if (!scene.moments.empty()) timelines[i] = drawn(scene);
  }
  return timelines;
}

}  // namespace tenter::analysis
