// Who is stuck is a fixed point: start with everybody who waits for another task, and take out, until nothing changes, whoever some
// live task may still help (Saioc et al., Dynamic Partial Deadlock Detection and Recovery via Garbage Collection,
// ASPLOS 2025, with "holds the other end", or where that is not known "has used the other end", in the place of
// reachability).
#include "leak/left_behind.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

namespace tenter::analysis {
namespace {

using trace::ChanFlag;
using trace::Op;
using trace::TaskKind;
using trace::WaitKind;

// What a task did with an object.
constexpr std::uint8_t touched = 1;
constexpr std::uint8_t sent = 2;  // or closed, signalled, posted, counted down: whatever ends a wait
constexpr std::uint8_t received = 4;

// Who may end a wait.
struct Helpers {
  std::set<TaskId> could;       // used the other end
  std::set<TaskId> may;         // touched the object at all
  std::set<TaskId> holders;     // have a handle of the other end on their stacks: they and their descendants may
  bool anybody = false;         // such a handle is elsewhere
  bool outside = false;         // something outside of the program may, at any time
  bool handles_known = true;    // of all channels that the wait is about
  std::vector<HandleEnd> ends;  // of such handles
};

}  // namespace

struct LeftBehind::Impl {
  explicit Impl(const World& the_world) : world(the_world) {}

  struct Object {
    std::map<TaskId, std::uint8_t> users;
    std::int64_t count = 0;      // of a wait group or semaphore
    bool counted = false;        // its creation was seen, so that count is right
    TaskId runs_once = no_task;  // of a once that has begun and not ended
    bool done = false;           // of a once
  };
  struct Progress {
    bool granted = false;  // somebody has ended its wait
    bool called = false;   // it has completed a call of the library
    bool suspended = false;
  };

  const World& world;
  std::unordered_map<std::uint64_t, Object> objects;
  std::unordered_map<std::uint32_t, Progress> progress;

  Progress& of(TaskId id) { return progress[index(id)]; }
  const Progress* find(TaskId id) const {
    const auto at = progress.find(index(id));
    return at != progress.end() ? &at->second : nullptr;
  }
  Object& used(const Step& step, std::uint8_t how) {
    Object& object = objects[step.event.object];
    std::uint8_t& uses = object.users[step.task];
    uses = static_cast<std::uint8_t>(uses | touched | how);
    return object;
  }
  Object& made(const Step& step, std::int64_t count) {
    objects.erase(step.event.object);
    Object& object = used(step, 0);
    object.count = count;
    object.counted = true;
    return object;
  }
  void grant(std::uint64_t partner) {
    if (partner != 0) of(static_cast<TaskId>(partner)).granted = true;
  }

  void observe(const Step& step);
  bool being_woken(const TaskInfo& task) const;
  void users_of(std::uint64_t object, std::uint8_t how, Helpers& helpers) const;
  void reach_of(std::uint64_t channel, bool waits_to_send, Helpers& helpers) const;
  Helpers helpers_of(const TaskInfo& task) const;
};

void LeftBehind::Impl::observe(const Step& step) {
  const Event& event = step.event;
  const auto delta = static_cast<std::int64_t>(event.value);
  switch (event.op) {
    case Op::chan_make: made(step, 0); break;
    case Op::chan_destroy: objects.erase(event.object); break;
    case Op::chan_send:
      used(step, sent);
      grant(event.value);
      break;
    case Op::chan_recv:
      used(step, received);
      grant(event.value);
      break;
    case Op::chan_timer_send: grant(event.value); return;
    case Op::chan_park: used(step, (event.flags & ChanFlag::send) != 0 ? sent : received); return;
    case Op::chan_close: used(step, sent | received); break;  // ends waits of both kinds

    case Op::wg_create: made(step, 0); break;
    case Op::wg_add: used(step, delta < 0 ? sent : touched).count += delta; break;
    case Op::wg_pass: used(step, 0); break;
    case Op::sem_create: made(step, delta); break;
    case Op::sem_post: used(step, sent).count += delta; break;
    case Op::sem_wait: used(step, 0).count -= delta; break;
    case Op::cond_signal:
      used(step, sent);
      grant(event.value);
      break;
    case Op::cond_wake: used(step, 0); break;
    case Op::once_begin: used(step, 0).runs_once = step.task; return;
    case Op::once_end: {
      Object& once = used(step, sent);
      once.runs_once = no_task;
      once.done = true;
      break;
    }
    case Op::once_pass: break;
    case Op::barrier_arrive: used(step, sent); return;

    case Op::wait_begin: of(step.task).granted = false; return;
    case Op::select_case:
    case Op::chan_unpark: return;
    case Op::task_suspend: of(step.task).suspended = true; return;
    case Op::task_resume: of(step.task).suspended = false; return;
    case Op::chan_done:
    case Op::wait_end:
    case Op::lock_acquire:
    case Op::lock_release:
    case Op::task_create:
    case Op::task_join: break;
    case Op::task_end: progress.erase(index(step.task)); return;
    default: return;
  }
  of(step.task).called = true;
}

// True if the wait was over when the recording ended, only the task had not got to it yet.
bool LeftBehind::Impl::being_woken(const TaskInfo& task) const {
  const Progress* own = find(task.id);
  if (own != nullptr && own->granted) return true;
  const Waiting& waiting = *task.waiting;
  const auto is_closed = [this](std::uint64_t address) {
    const ChannelInfo* channel = world.channel(address);
    return channel != nullptr && channel->closed;
  };
  const auto at = objects.find(waiting.object);
  switch (waiting.kind) {
    case WaitKind::chan_send:
    case WaitKind::chan_recv: return is_closed(waiting.object);
    case WaitKind::select:
      return std::any_of(waiting.cases.begin(), waiting.cases.end(),
                         [&](const SelectCase& one) { return is_closed(one.channel); });
    case WaitKind::lock:
    case WaitKind::shared_lock: return waits_for(world, task).empty();
    case WaitKind::wait_group: return at != objects.end() && at->second.counted && at->second.count <= 0;
    case WaitKind::semaphore: return at != objects.end() && at->second.counted && at->second.count > 0;
    case WaitKind::once: return at == objects.end() || at->second.done || at->second.runs_once == no_task;
    case WaitKind::join: return waits_for(world, task).empty();
    default: return false;
  }
}

void LeftBehind::Impl::users_of(std::uint64_t object, std::uint8_t how, Helpers& helpers) const {
  const auto at = objects.find(object);
  if (at == objects.end()) return;
  for (const auto& [user, uses] : at->second.users) {
    helpers.may.insert(user);
    if ((uses & how) != 0) helpers.could.insert(user);
  }
}

void LeftBehind::Impl::reach_of(std::uint64_t channel, bool waits_to_send, Helpers& helpers) const {
  const Reach reach =
      world.handles().who_could(channel, waits_to_send ? trace::HandleFlag::receive : trace::HandleFlag::send);
  helpers.outside = helpers.outside || reach.outside;
  if (!reach.known) {
    helpers.handles_known = false;
    users_of(channel, waits_to_send ? received : sent, helpers);
    return;
  }
  helpers.anybody = helpers.anybody || reach.elsewhere;
  helpers.holders.insert(reach.holders.begin(), reach.holders.end());
  helpers.ends.insert(helpers.ends.end(), reach.ends.begin(), reach.ends.end());
  if (reach.elsewhere) {
    Helpers users;
    users_of(channel, waits_to_send ? received : sent, users);
    helpers.could.merge(users.could);
  }
}

Helpers LeftBehind::Impl::helpers_of(const TaskInfo& task) const {
  Helpers helpers;
  const Waiting& waiting = *task.waiting;
  switch (waiting.kind) {
    case WaitKind::chan_send: reach_of(waiting.object, true, helpers); break;
    case WaitKind::chan_recv: reach_of(waiting.object, false, helpers); break;
    case WaitKind::select:
      for (const SelectCase& one : waiting.cases) reach_of(one.channel, one.send, helpers);
      break;
    case WaitKind::lock:
    case WaitKind::shared_lock:
    case WaitKind::join:
      for (const TaskId holder : waits_for(world, task)) {
        helpers.could.insert(holder);
        helpers.may.insert(holder);
      }
      break;
    case WaitKind::once: {
      const auto at = objects.find(waiting.object);
      if (at != objects.end() && at->second.runs_once != no_task) {
        helpers.could.insert(at->second.runs_once);
        helpers.may.insert(at->second.runs_once);
      }
      break;
    }
    case WaitKind::nil_channel_send:
    case WaitKind::nil_channel_recv: break;
    default: users_of(waiting.object, sent, helpers); break;
  }
  helpers.could.erase(task.id);
  helpers.may.erase(task.id);
  return helpers;
}

namespace {

// Those who could still act, and, as they may have references to what is on the stacks of those from whom they descend,
// those too.
class Live {
 public:
  explicit Live(const World& world) : world_(world) {}

  void add(TaskId id) {
    live_.insert(id);
    while (id != no_task && lineage_.insert(id).second) {
      const TaskInfo* const task = world_.task(id);
      id = task != nullptr ? task->creator : no_task;
    }
  }
  bool has(TaskId id) const { return live_.count(id) != 0; }
  bool helps(const Helpers& helpers) const {
    const auto is_live = [this](TaskId id) { return has(id); };
    const auto has_reach = [this](TaskId id) { return lineage_.count(id) != 0; };
    return (helpers.anybody && !live_.empty()) || std::any_of(helpers.may.begin(), helpers.may.end(), is_live) ||
           std::any_of(helpers.holders.begin(), helpers.holders.end(), has_reach);
  }

 private:
  const World& world_;
  std::set<TaskId> live_;
  std::set<TaskId> lineage_;
};

// No handle is left but on stacks of tasks that are stuck: where did the last other one end?
std::optional<HandleEnd> last_of(const Helpers& helpers, const std::map<TaskId, Helpers>& waiting, const Live& live) {
  if (!helpers.handles_known || helpers.anybody) return std::nullopt;
  const auto is_stuck = [&](TaskId id) { return waiting.count(id) != 0 && !live.has(id); };
  if (!std::all_of(helpers.holders.begin(), helpers.holders.end(), is_stuck)) return std::nullopt;
  std::optional<HandleEnd> last;
  for (const HandleEnd& end : helpers.ends) {
    if (is_stuck(end.on_stack_of)) continue;
    if (!last || end.number > last->number) last = end;
  }
  return last;
}

}  // namespace

LeftBehind::LeftBehind(const World& world) : impl_(std::make_unique<Impl>(world)) {}
LeftBehind::~LeftBehind() = default;
void LeftBehind::look_at(const Step& step) { impl_->observe(step); }

std::vector<LeakCandidate> LeftBehind::candidates(const std::vector<DeadlockCandidate>& deadlocks,
                                                  bool complete) const {
  const World& world = impl_->world;
  std::set<TaskId> in_deadlock;
  bool asleep = false;
  for (const DeadlockCandidate& deadlock : deadlocks) {
    asleep = asleep || deadlock.whole_program;
    for (const StuckTask& task : deadlock.tasks) in_deadlock.insert(task.task);
  }
  if (!complete && !asleep) return {};

  Live live(world);
  std::map<TaskId, Helpers> waiting;  // for another task; those that are not live are stuck
  for (const TaskInfo& task : world.tasks()) {
    if (index(task.id) == 0 || task.ended || task.kind == TaskKind::worker) continue;
    if (task.waiting && waits_on_the_program(task) && !impl_->being_woken(task)) {
      Helpers helpers = impl_->helpers_of(task);
      if (helpers.outside) {
        live.add(task.id);
      } else {
        waiting.emplace(task.id, std::move(helpers));
      }
    } else if (task.kind != TaskKind::main) {  // main returned: the program is over
      live.add(task.id);
    }
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (const auto& [task, helpers] : waiting) {
      if (live.has(task) || !live.helps(helpers)) continue;
      live.add(task);
      changed = true;
    }
  }

  std::vector<LeakCandidate> found;
  for (const TaskInfo& task : world.tasks()) {
    if (index(task.id) == 0 || in_deadlock.count(task.id) != 0) continue;
    const auto wait = waiting.find(task.id);
    const bool waits = !task.ended && wait != waiting.end();  // for another task, and still does
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
      if (candidate.proven) candidate.last_handle = last_of(wait->second, waiting, live);
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
      // A thread that idles for work when the program exits is a habit, not a leak.
      const bool idles = waits && (task.waiting->kind == WaitKind::condition ||
                                   task.waiting->kind == WaitKind::semaphore || task.waiting->kind == WaitKind::join);
      if (waits && candidate.proven && !idles) found.push_back(candidate);
      continue;
    }
    if (task.kind != TaskKind::task || task.ended) continue;
    if (!waits) {
      if (task.waiting && waits_on_the_program(task)) continue;  // its wait was over, or may be at any time
      if (!task.started) continue;                               // main returned before its turn came
      const Impl::Progress* own = impl_->find(task.id);
      const bool inside_a_call = task.waiting.has_value() || (own != nullptr && own->suspended);
      const bool called = own != nullptr && own->called;
      if (called && !inside_a_call) continue;
      candidate.reason = LeakReason::still_running;
      if (task.waiting) candidate.waiting = *task.waiting;
    }
    found.push_back(candidate);
  }
  return found;
}

}  // namespace tenter::analysis
