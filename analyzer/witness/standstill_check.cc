// The rules are those of the objects (POSIX, ISO C++20 [thread], the Go memory model for channels), for what they hold after
// the schedule: values in buffers, counters, holders of locks.
#include "witness/standstill_check.h"

#include <algorithm>

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
    case Op::acquire:
    case Op::release:
    case Op::wg_create:
    case Op::wg_add:
    case Op::wg_pass:
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

struct Offer {
  std::uint64_t channel = 0;
  bool send = false;
  auto operator<=>(const Offer&) const = default;
};

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

struct StandstillCheck::State {
  explicit State(const StandstillCheck& the_check) : check(the_check), pipes(the_check.channels_.size()) {}

  struct Pipe {
    std::uint64_t filled = 0;
    bool closed = false;
  };
  struct Holder {
    std::uint32_t task;
    bool shared;
  };
  struct Queued {
    std::vector<Offer> offers;
    bool is_completed = false;
  };

  const StandstillCheck& check;
  std::vector<Pipe> pipes;  // by channel
  std::unordered_map<std::uint64_t, std::vector<Holder>> locks;
  std::unordered_map<std::uint64_t, std::int64_t> groups;
  std::map<std::uint32_t, Queued> queued;             // by task
  std::map<std::uint32_t, std::uint64_t> conditions;  // that tasks wait for, unsignalled
  std::unordered_set<std::uint32_t> woken;            // whom a signal has named
  std::unordered_set<std::uint32_t> created, unfinished;
  std::map<Offer, std::vector<std::uint32_t>> offers;  // who would do that

  void perform(std::uint32_t task, const Act& act) {
    switch (act.op) {
      case Op::task_create: created.insert(static_cast<std::uint32_t>(act.object)); return;
      case Op::lock_create: locks.erase(act.object); return;
      case Op::lock_acquire: locks[act.object].push_back({task, (act.flags & LockFlag::shared) != 0}); return;
      case Op::lock_release: {
        std::vector<Holder>& holders = locks[act.object];
        const auto own = std::ranges::find_if(holders, [&](const Holder& one) {
          return one.task == task && one.shared == ((act.flags & LockFlag::shared) != 0);
        });
        if (own != holders.end()) holders.erase(own);
        return;
      }
      case Op::wg_create: groups[act.object] = 0; return;
      case Op::wg_add: groups[act.object] += static_cast<std::int64_t>(act.value); return;
      case Op::wait_begin:
        if (static_cast<WaitKind>(act.value) == WaitKind::condition && !woken.contains(task))
          conditions[task] = act.object;
        return;
      case Op::cond_signal:
        if (act.value == 0) {
          std::erase_if(conditions, [&](const auto& one) { return one.second == act.object; });
        } else {  // it may stand in the queue without having said so
          woken.insert(static_cast<std::uint32_t>(act.value));
          conditions.erase(static_cast<std::uint32_t>(act.value));
        }
        return;
      case Op::cond_wake: woken.erase(task); return;
      case Op::chan_send:
      case Op::chan_timer_send:
        if (act.value != 0) queued[static_cast<std::uint32_t>(act.value)].is_completed = true;
        else ++pipes[act.object].filled;
        return;
      case Op::chan_recv:
        // A parked sender's value takes the place of the one received.
        if (act.value != 0) queued[static_cast<std::uint32_t>(act.value)].is_completed = true;
        else if ((act.flags & ChanFlag::closed) == 0 && pipes[act.object].filled > 0) --pipes[act.object].filled;
        return;
      case Op::chan_park: queued[task].offers.push_back({act.object, (act.flags & ChanFlag::send) != 0}); return;
      case Op::chan_unpark:
      case Op::chan_done: queued.erase(task); return;
      case Op::chan_close: pipes[act.object].closed = true; return;
      default: return;
    }
  }

  // Nobody but tasks of the program sends, receives or closes there, and nothing lets this go ahead now.
  bool waits(const Offer& offer, std::uint32_t self) const {
    const Channel& channel = check.channels_[offer.channel];
    const Pipe& pipe = pipes[offer.channel];
    if (!channel.made || !channel.begun || channel.others || pipe.closed) return false;
    if (offer.send ? pipe.filled < channel.capacity : pipe.filled > 0) return false;
    const auto partners = offers.find({offer.channel, !offer.send});
    return partners == offers.end() ||
           std::ranges::all_of(partners->second, [&](std::uint32_t other) { return other == self; });
  }
};

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

Standstill StandstillCheck::after(std::span<const std::uint32_t> schedule, std::uint32_t lost) const {
  if (went_wrong_) return {"The run itself went wrong.", {}};
  // Who does which step. Steps that wait for nobody are told apart by their rows alone, and counted as done with the last.
  std::unordered_map<std::uint32_t, std::pair<std::uint32_t, const Act*>> acts;
  for (const auto& [id, task] : tasks_)
    for (const Act& act : task.acts) acts.emplace(act.step, std::pair(id, &act));
  const std::unordered_set<std::uint32_t> done(schedule.begin(), schedule.end());
  State state(*this);
  for (const std::uint32_t step : schedule) {
    const auto at = acts.find(step);
    if (at == acts.end()) continue;
    if (step != lost) {
      state.perform(at->second.first, *at->second.second);
      continue;
    }
    // The library's waiters stand in the queue before they say so: of several one could hear it.
    const std::uint64_t condition = at->second.second->object;
    const auto waiters = waiters_.find(condition);
    const bool is_heard =
        std::ranges::any_of(state.conditions, [&](const auto& one) { return one.second == condition; });
    if (is_heard || waiters == waiters_.end() || waiters->second.size() != 1)
      return {"Somebody may wait for the condition when it is signalled.", {}};
    const std::vector<Act>& signaller = tasks_.at(at->second.first).acts;
    const auto pauses = [&](const Act& act) {
      return act.step > lost && act.op == Op::wait_begin && static_cast<WaitKind>(act.value) == WaitKind::sleep;
    };
    if (std::ranges::any_of(signaller, pauses))
      return {"Who signals pauses after it, and may signal again where nobody has heard it.", {}};
  }

  struct Next {
    const Act* act = nullptr;     // that the task would do next
    const Act* wait = nullptr;    // the wait in which it is, if it never did anything more
    const Act* before = nullptr;  // that it did last
    bool runs = false;            // it would do something before that waits for nobody
  };
  std::map<std::uint32_t, Next> next;
  for (const auto& [id, task] : tasks_) {
    if (id == 0 || task.kind == TaskKind::worker) continue;
    if (task.is_created && !state.created.contains(id)) {
      const auto creator = tasks_.find(task.creator);
      if (creator == tasks_.end() || creator->second.kind == TaskKind::worker)
        return {"Task " + std::to_string(id) + " may come to be at any time.", {}};
      continue;  // whoever would create it is looked at
    }
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
    const auto goes_on = [&, task = id](const char* why) {
      return Standstill{"Task " + std::to_string(task) + " can go on, or may be able to: " + why + '.', {}};
    };
    if (one.runs) return goes_on("it runs");
    StuckAt stuck{TaskId{id}, WaitKind::sleep, 0, one.act != nullptr ? one.act->step : one.wait->step};
    const auto parked = state.queued.find(id);
    if (parked != state.queued.end()) {
      const std::vector<Offer>& offers = parked->second.offers;
      // A select that is about to queue up elsewhere, too, has cases that are not in the queue yet.
      const bool queues_on = one.act != nullptr && one.act->op == Op::chan_park;
      if (parked->second.is_completed || queues_on) return goes_on("its wait for a channel is over");
      if (!std::ranges::all_of(offers, [&](const Offer& offer) { return state.waits(offer, id); }))
        return goes_on("a channel is ready, or may become so");
      stuck.kind = offers.size() > 1     ? WaitKind::select
                   : offers.front().send ? WaitKind::chan_send
                                         : WaitKind::chan_recv;
      stuck.object = channels_[offers.front().channel].address;
    } else if (one.act == nullptr) {
      return goes_on("how the recording ended for it is not looked into");
    } else {
      const Act& act = *one.act;
      stuck.object = act.object;
      switch (act.op) {
        case Op::chan_send:
        case Op::chan_recv:
        case Op::chan_park: {
          if ((act.flags & (ChanFlag::select | ChanFlag::attempt)) != 0)
            return goes_on("it does not insist on this channel");
          const Offer offer = offer_of(act.op, act.flags, act.object).front();
          if (!state.waits(offer, id)) return goes_on("the channel is ready, or may become so");
          stuck.kind = offer.send ? WaitKind::chan_send : WaitKind::chan_recv;
          stuck.object = channels_[offer.channel].address;
          break;
        }
        case Op::lock_acquire: {
          const bool shared = (act.flags & LockFlag::shared) != 0;
          if ((act.flags & LockFlag::attempt) != 0 || anybodys_.contains(act.object))
            return goes_on("it need not wait for the lock");
          const auto held = state.locks.find(act.object);
          const bool waits = held != state.locks.end() &&
                             std::ranges::any_of(
                                 held->second, [&](const State::Holder& holder) { return !(holder.shared && shared); });
          if (!waits) return goes_on("the lock is free");
          stuck.kind = shared ? WaitKind::shared_lock : WaitKind::lock;
          break;
        }
        case Op::wg_pass: {
          const auto group = state.groups.find(act.object);
          if (group == state.groups.end() || group->second == 0) return goes_on("the wait group counts to zero");
          stuck.kind = WaitKind::wait_group;
          break;
        }
        case Op::task_join:
          if (!state.unfinished.contains(static_cast<std::uint32_t>(act.object)))
            return goes_on("what it joins has ended");
          stuck.kind = WaitKind::join;
          break;
        case Op::acquire: {
          // A thread in run() waits for the main task that it has just created; of another annotation nothing is known.
          const auto main_task = one.before != nullptr && one.before->op == Op::task_create
                                     ? tasks_.find(static_cast<std::uint32_t>(one.before->object))
                                     : tasks_.end();
          if (main_task == tasks_.end() || main_task->second.kind != TaskKind::main ||
              !state.unfinished.contains(main_task->first))
            return goes_on("what it does next need not wait");
          stuck.kind = WaitKind::join;
          stuck.object = main_task->first;
          break;
        }
        case Op::cond_wake: {
          const auto condition = state.conditions.find(id);
          if (condition == state.conditions.end() || condition->second != act.object)
            return goes_on("the condition was signalled, or it waits for a time");
          stuck.kind = WaitKind::condition;
          break;
        }
        default: return goes_on("what it does next waits for nobody that is known");
      }
    }
    end.stuck.push_back(stuck);
  }
  return end;
}

}  // namespace tenter::analysis
