// Who is stuck is a fixed point: start with everybody who waits for another task, and take out, until nothing changes, whoever some
// live task may still help (Saioc et al., Dynamic Partial Deadlock Detection and Recovery via Garbage Collection,
// ASPLOS 2025, with "has used the other end" in the place of reachability).
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

LeakReason reason_of(WaitKind kind) {
  switch (kind) {
    case WaitKind::chan_send: return LeakReason::send_no_receiver;
    case WaitKind::chan_recv: return LeakReason::receive_no_sender;
    case WaitKind::select: return LeakReason::select_no_case;
    case WaitKind::nil_channel_send:
    case WaitKind::nil_channel_recv: return LeakReason::nil_channel;
    case WaitKind::wait_group: return LeakReason::wait_group_never_done;
    case WaitKind::condition:
    case WaitKind::barrier: return LeakReason::condition_never_signalled;
    case WaitKind::lock:
    case WaitKind::shared_lock:
    case WaitKind::semaphore:
    case WaitKind::once: return LeakReason::lock_never_released;
    default: return LeakReason::still_running;
  }
}

}  // namespace

const char* name_of(LeakReason reason) {
  switch (reason) {
    case LeakReason::send_no_receiver: return "send-no-receiver";
    case LeakReason::receive_no_sender: return "receive-no-sender";
    case LeakReason::select_no_case: return "select-no-case";
    case LeakReason::nil_channel: return "nil-channel";
    case LeakReason::lock_never_released: return "lock-never-released";
    case LeakReason::wait_group_never_done: return "wait-group-never-done";
    case LeakReason::condition_never_signalled: return "condition-never-signalled";
    case LeakReason::context_never_cancelled: return "context-never-cancelled";
    case LeakReason::still_running: return "still-running";
  }
  return "still-running";
}

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
  void helpers_at(std::uint64_t object, std::uint8_t how, std::set<TaskId>& could, std::set<TaskId>& may) const;
  void helpers_of(const TaskInfo& task, std::set<TaskId>& could, std::set<TaskId>& may) const;
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

// Adds to `could` whoever used the object in that way, and to `may` whoever touched it at all.
void LeftBehind::Impl::helpers_at(std::uint64_t object, std::uint8_t how, std::set<TaskId>& could,
                                  std::set<TaskId>& may) const {
  const auto at = objects.find(object);
  if (at == objects.end()) return;
  for (const auto& [user, uses] : at->second.users) {
    may.insert(user);
    if ((uses & how) != 0) could.insert(user);
  }
}

void LeftBehind::Impl::helpers_of(const TaskInfo& task, std::set<TaskId>& could, std::set<TaskId>& may) const {
  const Waiting& waiting = *task.waiting;
  switch (waiting.kind) {
    case WaitKind::chan_send: helpers_at(waiting.object, received, could, may); break;
    case WaitKind::chan_recv: helpers_at(waiting.object, sent, could, may); break;
    case WaitKind::select:
      for (const SelectCase& one : waiting.cases) helpers_at(one.channel, one.send ? received : sent, could, may);
      break;
    case WaitKind::lock:
    case WaitKind::shared_lock:
    case WaitKind::join:
      for (const TaskId holder : waits_for(world, task)) {
        could.insert(holder);
        may.insert(holder);
      }
      break;
    case WaitKind::once: {
      const auto at = objects.find(waiting.object);
      if (at != objects.end() && at->second.runs_once != no_task) {
        could.insert(at->second.runs_once);
        may.insert(at->second.runs_once);
      }
      break;
    }
    case WaitKind::nil_channel_send:
    case WaitKind::nil_channel_recv: break;
    default: helpers_at(waiting.object, sent, could, may); break;
  }
  could.erase(task.id);
  may.erase(task.id);
}

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

  std::set<TaskId> live, stuck;
  std::map<TaskId, std::set<TaskId>> could, may;
  for (const TaskInfo& task : world.tasks()) {
    if (index(task.id) == 0 || task.ended || task.kind == TaskKind::worker) continue;
    if (task.waiting && waits_on_the_program(task) && !impl_->being_woken(task)) {
      stuck.insert(task.id);
      impl_->helpers_of(task, could[task.id], may[task.id]);
    } else if (task.kind != TaskKind::main) {  // main returned: the program is over
      live.insert(task.id);
    }
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (auto at = stuck.begin(); at != stuck.end();) {
      const std::set<TaskId>& helpers = may[*at];
      const bool helped = std::any_of(helpers.begin(), helpers.end(), [&](TaskId id) { return live.count(id) != 0; });
      if (!helped) {
        ++at;
        continue;
      }
      live.insert(*at);
      at = stuck.erase(at);
      changed = true;
    }
  }

  std::vector<LeakCandidate> found;
  for (const TaskInfo& task : world.tasks()) {
    if (index(task.id) == 0 || in_deadlock.count(task.id) != 0) continue;
    const bool waits = !task.ended && could.count(task.id) != 0;  // for another task, and still does
    LeakCandidate candidate;
    candidate.task = task.id;
    if (waits) {
      candidate.reason = reason_of(task.waiting->kind);
      candidate.proven = stuck.count(task.id) != 0;
      candidate.waiting = *task.waiting;
      for (const TaskId id : could[task.id]) {
        if (live.count(id) != 0) candidate.could_unblock.push_back(id);
      }
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
      if (task.waiting && waits_on_the_program(task)) continue;  // its wait was over
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
