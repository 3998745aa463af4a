// The rules are those of the objects (POSIX, ISO C++20 [thread], the Go memory model for channels), for what they hold after
// the schedule: values in buffers, counters, holders of locks.
#include "witness/standstill_check.h"

#include <algorithm>

#include "witness/standstill_state.h"

namespace tenter::analysis {
namespace {

using trace::ChanFlag;
using trace::HandleFlag;
using trace::LockFlag;
using trace::Op;
using trace::TaskKind;
using trace::WaitKind;

bool is_channel_op(Op op) { return op >= Op::chan_make && op <= Op::chan_timer_send; }

// Does a schedule name such a step? Of those it does not name nobody takes notice.
bool is_named(const Event& event) {
  switch (event.op) {
    case Op::lock_acquire:
    case Op::lock_release: return (event.flags & LockFlag::again) == 0;
    case Op::wait_begin: return static_cast<WaitKind>(event.value) == WaitKind::condition;
    case Op::lock_create:
    case Op::lock_destroy:
    case Op::lock_look:
    case Op::cond_signal:
    case Op::cond_wake:
    case Op::once_begin:
    case Op::once_end:
    case Op::once_pass:
    case Op::barrier_create:
    case Op::barrier_arrive:
    case Op::barrier_leave:
    case Op::sem_create:
    case Op::sem_post:
    case Op::sem_wait:
    case Op::sem_look:
    case Op::acquire:
    case Op::release:
    case Op::wg_create:
    case Op::wg_add:
    case Op::wg_pass:
    case Op::chan_look:
    case Op::task_create:
    case Op::task_join: return true;
    default: return is_channel_op(event.op);
  }
}
bool is_access(const Event& event) {
  switch (event.op) {
    case Op::access_range: return event.value != 0;
    case Op::atomic_load:
    case Op::atomic_store:
    case Op::atomic_rmw: return event.arg != 0;
    case Op::free: return true;
    default: return false;
  }
}

}  // namespace

// ---- the run ------------------------------------------------------------------------------------------------

std::uint64_t StandstillCheck::channel_number(std::uint64_t address) {
  const auto [at, is_new] = channel_at_.try_emplace(address, channels_.size());
  if (is_new) channels_.emplace_back().address = address;
  return at->second;
}

// Like Handles: the program's own channel is made with a handle for both directions.
void StandstillCheck::on_handle(const Event& event) {
  Channel& channel = channels_[channel_number(event.object)];
  const bool special = event.flags == HandleFlag::outside || event.flags == HandleFlag::cancel;
  const bool made = event.flags == (HandleFlag::send | HandleFlag::receive);
  if (special || (!channel.begun && !made)) channel.others = true;
  channel.begun = true;
}

void StandstillCheck::observe(const Step& step) {
  const Event& event = step.event;
  const std::uint32_t number = steps_++;
  Task& task = tasks_[index(step.task)];
  Act act{number, event.op, event.flags, event.object, event.value};
  switch (event.op) {
    case Op::task_start:
      tasks_[static_cast<std::uint32_t>(event.object)].kind = static_cast<TaskKind>(event.arg);
      return;
    case Op::task_end: tasks_[static_cast<std::uint32_t>(event.object)].ends = true; return;
    case Op::task_create: {
      Task& child = tasks_[static_cast<std::uint32_t>(event.object)];
      child.kind = static_cast<TaskKind>(event.arg);
      child.is_created = true;
      child.creator = index(step.task);
      break;
    }
    case Op::handle_birth: return on_handle(event);
    case Op::misuse: went_wrong_ = true; return;
    case Op::chan_make:
      channel_at_.erase(event.object);
      channels_[channel_number(event.object)] = {event.object, event.value, true, false, false};
      break;
    case Op::chan_timer_send: channels_[channel_number(event.object)].others = true; break;
    case Op::wait_begin:
      if (is_named(event)) waiters_[event.object].insert(index(step.task));
      break;
    case Op::lock_acquire:
      if (is_named(event)) holders_[event.object].push_back(index(step.task));
      break;
    case Op::lock_release: {
      if (!is_named(event)) break;
      std::vector<std::uint32_t>& holders = holders_[event.object];
      const auto own = std::ranges::find(holders, index(step.task));
      if (own == holders.end()) anybodys_.insert(event.object);
      else holders.erase(own);
      break;
    }
    default: break;
  }
  if (is_channel_op(event.op)) act.object = channel_number(event.object);
  if (is_named(event)) {
    task.acts.push_back(act);
  } else if (event.op == Op::wait_begin || event.op == Op::wait_end) {
    task.acts.push_back(act);
  } else if (is_access(event)) {
    const std::uint32_t last_act = task.acts.empty() ? 0 : task.acts.back().step;
    if (task.runs.empty() || task.runs.back() < last_act) task.runs.push_back(number);
    else task.runs.back() = number;
  }
}

// ---- after a schedule -------------------------------------------------------------------------------------------------

namespace {

// What a step that is no case of a select would do on a channel.
std::vector<Offer> offer_of(Op op, std::uint8_t flags, std::uint64_t channel) {
  switch (op) {
    case Op::chan_send: return {{channel, true}};
    case Op::chan_recv: return {{channel, false}};
    case Op::chan_park: return {{channel, (flags & ChanFlag::send) != 0}};
    default: return {};
  }
}

}  // namespace

// Why somebody may hear the signal `lost`, which the state is about to do; null: nobody can.
const char* StandstillCheck::heard(const State& state, std::uint32_t signaller, const Act& lost) const {
  // The library's waiters stand in the queue before they say so: of several one could hear it.
  const auto waiters = waiters_.find(lost.object);
  const bool is_heard =
      std::ranges::any_of(state.conditions, [&](const auto& one) { return one.second == lost.object; });
  if (is_heard || waiters == waiters_.end() || waiters->second.size() != 1)
    return "Somebody may wait for the condition when it is signalled.";
  const auto pauses = [&](const Act& act) {
    return act.step > lost.step && act.op == Op::wait_begin && static_cast<WaitKind>(act.value) == WaitKind::sleep;
  };
  if (std::ranges::any_of(tasks_.at(signaller).acts, pauses))
    return "Who signals pauses after it, and may signal again where nobody has heard it.";
  return nullptr;
}

// What the task does first of what the schedule leaves out.
StandstillCheck::State::Next StandstillCheck::State::next_of(const Task& task,
                                                             const std::unordered_set<std::uint32_t>& done) {
  Next one;
  const Act* last_done = nullptr;
  for (const Act& act : task.acts) {
    if (act.op == Op::wait_end) {
      one.wait = nullptr;
      continue;
    }
    const bool named = act.op != Op::wait_begin || static_cast<WaitKind>(act.value) == WaitKind::condition;
    if (act.op == Op::wait_begin) one.wait = &act;
    if (!named) continue;
    if (done.contains(act.step)) {
      last_done = one.before = &act;
      continue;
    }
    one.act = &act;
    break;
  }
  // Of a row of accesses the schedule names each: is there one that it leaves out before the next act?
  for (const std::uint32_t run : task.runs) {
    const bool before_next = one.act == nullptr || run < one.act->step;
    if (before_next && (last_done == nullptr || run > last_done->step) && !done.contains(run)) one.runs = true;
  }
  return one;
}

const char* StandstillCheck::State::goes_on_in_queue(std::uint32_t task, const Queued& parked, const Next& next,
                                                     StuckAt& stuck) const {
  // A select that is about to queue up elsewhere, too, has cases that are not in the queue yet.
  const bool queues_on = next.act != nullptr && next.act->op == Op::chan_park;
  if (parked.is_completed || queues_on) return "its wait for a channel is over";
  if (!std::ranges::all_of(parked.offers, [&](const Offer& offer) { return waits(offer, task); }))
    return "a channel is ready, or may become so";
  stuck.kind = parked.offers.size() > 1     ? WaitKind::select
               : parked.offers.front().send ? WaitKind::chan_send
                                            : WaitKind::chan_recv;
  stuck.object = check.channels_[parked.offers.front().channel].address;
  return nullptr;
}

const char* StandstillCheck::State::goes_on(std::uint32_t task, const Next& next, StuckAt& stuck) const {
  if (next.runs) return "it runs";
  stuck.step = next.act != nullptr ? next.act->step : next.wait->step;
  if (const auto parked = queued.find(task); parked != queued.end())
    return goes_on_in_queue(task, parked->second, next, stuck);
  if (next.act == nullptr) return "how the recording ended for it is not looked into";
  const Act& act = *next.act;
  stuck.object = act.object;
  switch (act.op) {
    case Op::chan_send:
    case Op::chan_recv:
    case Op::chan_park: {
      if ((act.flags & (ChanFlag::select | ChanFlag::attempt)) != 0) return "it does not insist on this channel";
      const Offer offer = offer_of(act.op, act.flags, act.object).front();
      if (!waits(offer, task)) return "the channel is ready, or may become so";
      stuck.kind = offer.send ? WaitKind::chan_send : WaitKind::chan_recv;
      stuck.object = check.channels_[offer.channel].address;
      break;
    }
    case Op::lock_acquire: {
      const bool shared = (act.flags & LockFlag::shared) != 0;
      if ((act.flags & LockFlag::attempt) != 0 || check.anybodys_.contains(act.object))
        return "it need not wait for the lock";
      const auto held = locks.find(act.object);
      const bool is_taken = held != locks.end() && std::ranges::any_of(held->second, [&](const Holder& holder) {
                              return !(holder.shared && shared);
                            });
      if (!is_taken) return "the lock is free";
      stuck.kind = shared ? WaitKind::shared_lock : WaitKind::lock;
      break;
    }
    case Op::wg_pass: {
      const auto group = groups.find(act.object);
      if (group == groups.end() || group->second == 0) return "the wait group counts to zero";
      stuck.kind = WaitKind::wait_group;
      break;
    }
    case Op::task_join:
      if (!unfinished.contains(static_cast<std::uint32_t>(act.object))) return "what it joins has ended";
      stuck.kind = WaitKind::join;
      break;
    case Op::acquire: {
      // A thread in run() waits for the main task that it has just created; of another annotation nothing is known.
      const auto main_task = next.before != nullptr && next.before->op == Op::task_create
                                 ? check.tasks_.find(static_cast<std::uint32_t>(next.before->object))
                                 : check.tasks_.end();
      if (main_task == check.tasks_.end() || main_task->second.kind != TaskKind::main ||
          !unfinished.contains(main_task->first))
        return "what it does next need not wait";
      stuck.kind = WaitKind::join;
      stuck.object = main_task->first;
      break;
    }
    case Op::cond_wake: {
      const auto condition = conditions.find(task);
      if (condition == conditions.end() || condition->second != act.object)
        return "the condition was signalled, or it waits for a time";
      stuck.kind = WaitKind::condition;
      break;
    }
    default: return "what it does next waits for nobody that is known";
  }
  return nullptr;
}

Standstill StandstillCheck::after(std::span<const std::uint32_t> schedule, std::uint32_t lost) const {
  if (went_wrong_) return {"The run itself went wrong.", {}};
  // Who does which step. Steps that wait for nobody are told apart by their rows alone, and counted as done with the last.
  std::unordered_map<std::uint32_t, std::pair<std::uint32_t, const Act*>> acts;
  for (const auto& [id, task] : tasks_)
    for (const Act& act : task.acts) acts.emplace(act.step, std::pair(id, &act));
  State state(*this);
  for (const std::uint32_t step : schedule) {
    const auto at = acts.find(step);
    if (at == acts.end()) continue;
    const auto& [task, act] = at->second;
    if (step != lost) state.perform(task, *act);
    else if (const char* const why = heard(state, task, *act)) return {why, {}};
  }

  const std::unordered_set<std::uint32_t> done(schedule.begin(), schedule.end());
  std::map<std::uint32_t, State::Next> next;
  for (const auto& [id, task] : tasks_) {
    if (id == 0 || task.kind == TaskKind::worker) continue;
    if (task.is_created && !state.created.contains(id)) {
      const auto creator = tasks_.find(task.creator);
      if (creator == tasks_.end() || creator->second.kind == TaskKind::worker)
        return {"Task " + std::to_string(id) + " may come to be at any time.", {}};
      continue;  // whoever would create it is looked at
    }
    const State::Next one = State::next_of(task, done);
    if (one.act == nullptr && one.wait == nullptr && !one.runs) {
      if (!task.ends && task.kind != TaskKind::main)
        return {"What task " + std::to_string(id) + " would do after the end of the recording is not known.", {}};
      continue;
    }
    state.unfinished.insert(id);
    next.emplace(id, one);
    const auto parked = state.queued.find(id);
    std::vector<Offer> offers = parked != state.queued.end() ? parked->second.offers
                                : one.act != nullptr         ? offer_of(one.act->op, one.act->flags, one.act->object)
                                                             : std::vector<Offer>();
    for (const Offer& offer : offers) state.offers[offer].push_back(id);
  }

  Standstill end;
  for (const auto& [id, one] : next) {
    StuckAt stuck{TaskId{id}};
    if (const char* const why = state.goes_on(id, one, stuck))
      return {"Task " + std::to_string(id) + " can go on, or may be able to: " + why + '.', {}};
    end.stuck.push_back(stuck);
  }
  return end;
}

}  // namespace tenter::analysis
