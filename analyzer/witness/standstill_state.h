// What StandstillCheck knows at the end of a schedule.
#pragma once
#include <algorithm>
#include <compare>
#include <cstdint>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "witness/standstill_check.h"

namespace tenter::analysis {

// To send or to receive there.
struct Offer {
  std::uint64_t channel = 0;
  bool send = false;
  auto operator<=>(const Offer&) const = default;
};

// What a schedule leaves behind: who holds, waits for and offers what.
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

  // Of a task after the schedule.
  struct Next {
    const Act* act = nullptr;     // that it would do next
    const Act* wait = nullptr;    // the wait in which it is, if it never did anything more
    const Act* before = nullptr;  // that it did last
    bool runs = false;            // it would do something before that waits for nobody
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
      case trace::Op::task_create: created.insert(static_cast<std::uint32_t>(act.object)); return;
      case trace::Op::lock_create: locks.erase(act.object); return;
      case trace::Op::lock_acquire:
        locks[act.object].push_back({task, (act.flags & trace::LockFlag::shared) != 0});
        return;
      case trace::Op::lock_release: {
        std::vector<Holder>& holders = locks[act.object];
        const auto own = std::ranges::find_if(holders, [&](const Holder& one) {
          return one.task == task && one.shared == ((act.flags & trace::LockFlag::shared) != 0);
        });
        if (own != holders.end()) holders.erase(own);
        return;
      }
      case trace::Op::wg_create: groups[act.object] = 0; return;
      case trace::Op::wg_add: groups[act.object] += static_cast<std::int64_t>(act.value); return;
      case trace::Op::wait_begin:
        if (static_cast<trace::WaitKind>(act.value) == trace::WaitKind::condition && !woken.contains(task))
          conditions[task] = act.object;
        return;
      case trace::Op::cond_signal:
        if (act.value == 0) {
          std::erase_if(conditions, [&](const auto& one) { return one.second == act.object; });
        } else {  // it may stand in the queue without having said so
          woken.insert(static_cast<std::uint32_t>(act.value));
          conditions.erase(static_cast<std::uint32_t>(act.value));
        }
        return;
      case trace::Op::cond_wake: woken.erase(task); return;
      case trace::Op::chan_send:
      case trace::Op::chan_timer_send:
        if (act.value != 0) queued[static_cast<std::uint32_t>(act.value)].is_completed = true;
        else ++pipes[act.object].filled;
        return;
      case trace::Op::chan_recv:
        // A parked sender's value takes the place of the one received.
        if (act.value != 0) queued[static_cast<std::uint32_t>(act.value)].is_completed = true;
        else if ((act.flags & trace::ChanFlag::closed) == 0 && pipes[act.object].filled > 0) --pipes[act.object].filled;
        return;
      case trace::Op::chan_park:
        queued[task].offers.push_back({act.object, (act.flags & trace::ChanFlag::send) != 0});
        return;
      case trace::Op::chan_unpark:
      case trace::Op::chan_done: queued.erase(task); return;
      case trace::Op::chan_close: pipes[act.object].closed = true; return;
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

  static Next next_of(const Task& task, const std::unordered_set<std::uint32_t>& done);
  // Why the task can go on, or may be able to; null where it is stuck, and then `stuck` says at what.
  const char* goes_on(std::uint32_t task, const Next& next, StuckAt& stuck) const;
  const char* goes_on_in_queue(std::uint32_t task, const Queued& parked, const Next& next, StuckAt& stuck) const;
};

}  // namespace tenter::analysis
