#include "leak/helpers.h"

#include <algorithm>

#include "deadlock/wait_graph.h"

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

}  // namespace

void Live::add(TaskId id) {
  live_.insert(id);
  while (id != no_task && lineage_.insert(id).second) {
    const TaskInfo* const task = world_.task(id);
    id = task != nullptr ? task->creator : no_task;
  }
}

bool Live::helps(const Helpers& helpers) const {
  const auto is_live = [this](TaskId id) { return has(id); };
  const auto has_reach = [this](TaskId id) { return lineage_.count(id) != 0; };
  return (helpers.anybody && !live_.empty()) || std::any_of(helpers.may.begin(), helpers.may.end(), is_live) ||
         std::any_of(helpers.holders.begin(), helpers.holders.end(), has_reach);
}

const WhoHelps::Progress* WhoHelps::find(TaskId id) const {
  const auto at = progress_.find(index(id));
  return at != progress_.end() ? &at->second : nullptr;
}

WhoHelps::Object& WhoHelps::used(const Step& step, std::uint8_t how) {
  Object& object = objects_[step.event.object];
  std::uint8_t& uses = object.users[step.task];
  uses = static_cast<std::uint8_t>(uses | touched | how);
  return object;
}

WhoHelps::Object& WhoHelps::made(const Step& step, std::int64_t count) {
  objects_.erase(step.event.object);
  Object& object = used(step, 0);
  object.count = count;
  object.counted = true;
  return object;
}

void WhoHelps::grant(std::uint64_t partner) {
  if (partner != 0) of(static_cast<TaskId>(partner)).granted = true;
}

void WhoHelps::observe(const Step& step) {
  const Event& event = step.event;
  const auto delta = static_cast<std::int64_t>(event.value);
  switch (event.op) {
    case Op::chan_make: made(step, 0); break;
    case Op::chan_destroy: objects_.erase(event.object); break;
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
    case Op::sem_wait: used(step, sent).count -= delta; break;  // who has taken pieces will give them back
    case Op::cond_signal:
      used(step, sent);
      grant(event.value);
      break;
    case Op::cond_wake: used(step, 0); break;
    case Op::futex_wake: used(step, sent); break;
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
    case Op::task_end: progress_.erase(index(step.task)); return;
    default: return;
  }
  of(step.task).called = true;
}

// True if the wait was over when the recording ended, only the task had not got to it yet.
bool WhoHelps::being_woken(const TaskInfo& task) const {
  const Progress* own = find(task.id);
  if (own != nullptr && own->granted) return true;
  const Waiting& waiting = *task.waiting;
  const auto is_closed = [this](std::uint64_t address) {
    const ChannelInfo* channel = world_.channel(address);
    return channel != nullptr && channel->closed;
  };
  const auto at = objects_.find(waiting.object);
  switch (waiting.kind) {
    case WaitKind::chan_send:
    case WaitKind::chan_recv: return is_closed(waiting.object);
    case WaitKind::select:
      return std::any_of(waiting.cases.begin(), waiting.cases.end(),
                         [&](const SelectCase& one) { return is_closed(one.channel); });
    case WaitKind::lock:
    case WaitKind::shared_lock: return waits_for(world_, task).empty();
    case WaitKind::wait_group: return at != objects_.end() && at->second.counted && at->second.count <= 0;
    case WaitKind::semaphore: return at != objects_.end() && at->second.counted && at->second.count > 0;
    case WaitKind::once: return at == objects_.end() || at->second.done || at->second.runs_once == no_task;
    case WaitKind::join: return waits_for(world_, task).empty();
    default: return false;
  }
}

void WhoHelps::users_of(std::uint64_t object, std::uint8_t how, Helpers& helpers) const {
  const auto at = objects_.find(object);
  if (at == objects_.end()) return;
  for (const auto& [user, uses] : at->second.users) {
    helpers.may.insert(user);
    if ((uses & how) != 0) helpers.could.insert(user);
  }
}

void WhoHelps::reach_of(std::uint64_t channel, bool waits_to_send, Helpers& helpers) const {
  const Reach reach =
      world_.handles().who_could(channel, waits_to_send ? trace::HandleFlag::receive : trace::HandleFlag::send);
  helpers.outside = helpers.outside || reach.outside;
  if (!reach.known) {
    helpers.handles_known = false;
    users_of(channel, waits_to_send ? received : sent, helpers);
    return;
  }
  helpers.anybody = helpers.anybody || reach.elsewhere;
  helpers.holders.insert(reach.holders.begin(), reach.holders.end());
  helpers.ends.insert(helpers.ends.end(), reach.ends.begin(), reach.ends.end());
  Helpers users;
  users_of(channel, waits_to_send ? received : sent, users);
  std::erase_if(users.could,
                [&](TaskId user) { return !reach.elsewhere && !is_or_descends_from(user, reach.holders); });
  helpers.could.merge(users.could);
}

// Who descends from a task may have a reference to what is on its stack.
bool WhoHelps::is_or_descends_from(TaskId task, const std::vector<TaskId>& ancestors) const {
  std::set<TaskId> lineage;  // a damaged recording may name a task as its own ancestor
  while (task != no_task && lineage.insert(task).second) {
    if (std::find(ancestors.begin(), ancestors.end(), task) != ancestors.end()) return true;
    const TaskInfo* const info = world_.task(task);
    task = info != nullptr ? info->creator : no_task;
  }
  return false;
}

Helpers WhoHelps::helpers_of(const TaskInfo& task) const {
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
      for (const TaskId holder : waits_for(world_, task)) {
        helpers.could.insert(holder);
        helpers.may.insert(holder);
      }
      break;
    case WaitKind::once: {
      const auto at = objects_.find(waiting.object);
      if (at != objects_.end() && at->second.runs_once != no_task) {
        helpers.could.insert(at->second.runs_once);
        helpers.may.insert(at->second.runs_once);
      }
      break;
    }
    case WaitKind::nil_channel_send:
    case WaitKind::nil_channel_recv: break;
    case WaitKind::futex:
    case WaitKind::private_futex:
      helpers.anybody = true;  // who may write to the word is not known
      users_of(waiting.object, sent, helpers);
      break;
    default: users_of(waiting.object, sent, helpers); break;
  }
  helpers.could.erase(task.id);
  helpers.may.erase(task.id);
  return helpers;
}

Stuck WhoHelps::stuck() const {
  Stuck all(world_);
  for (const TaskInfo& task : world_.tasks()) {
    if (index(task.id) == 0 || task.ended || task.kind == TaskKind::worker) continue;
    if (task.waiting && waits_on_the_program(world_, task) && !being_woken(task)) {
      Helpers helpers = helpers_of(task);
      if (helpers.outside) {
        all.live.add(task.id);
      } else {
        all.waiting.emplace(task.id, std::move(helpers));
      }
    } else if (task.kind != TaskKind::main) {  // main returned: the program is over
      all.live.add(task.id);
    }
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (const auto& [task, helpers] : all.waiting) {
      if (all.live.has(task) || !all.live.helps(helpers)) continue;
      all.live.add(task);
      changed = true;
    }
  }
  return all;
}

bool WhoHelps::calls_or_will(const TaskInfo& task) const {
  const Progress* const own = find(task.id);
  const bool inside_a_call = task.waiting.has_value() || (own != nullptr && own->suspended);
  return inside_a_call || own == nullptr || !own->called;
}

}  // namespace tenter::analysis
