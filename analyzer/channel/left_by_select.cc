#include "channel/left_by_select.h"

#include <algorithm>

namespace tenter::analysis {

using trace::ChanFlag;
using trace::HandleFlag;
using trace::Op;
using trace::TaskKind;
using trace::WaitKind;
using Because = LeftBySelectCandidate::Because;

namespace {

constexpr std::size_t most_chosen = 64;  // kept for one channel; of more it is the latest that count

bool has(std::uint8_t flags, std::uint8_t flag) { return (flags & flag) != 0; }

}  // namespace

// Nobody can end the task's wait but by a handle that ends with the select. The task's own handles do not count, unless it has made
// another task, which may have been given a reference to one.
bool LeftBySelect::is_last(const Select& select, const LeftBySelectCandidate& candidate) const {
  const TaskInfo* const waiter = world_.task(candidate.task);
  if (waiter == nullptr || waiter->kind != TaskKind::task) return false;
  std::vector<std::uint64_t> ending;
  for (const Offer& one : select.offers)
    if (one.channel == candidate.channel && one.handle != 0) ending.push_back(one.handle);
  // Who waits to send is also let go, by an exception, when somebody closes.
  const std::uint8_t ends_it =
      candidate.sends ? HandleFlag::receive | HandleFlag::send : static_cast<unsigned>(HandleFlag::send);
  const TaskId keeper = creators_.contains(candidate.task) ? no_task : candidate.task;
  return !world_.handles().others_could(candidate.channel, ends_it, ending, keeper);
}

bool LeftBySelect::is_ready(const Offer& offer, TaskId chooser) const {
  const auto at = pipes_.find(offer.channel);
  if (at == pipes_.end()) return false;
  const Pipe& other = at->second;
  const auto& partners = other.parked[offer.send ? 0 : 1];
  const bool met = std::ranges::any_of(partners, [&](TaskId task) { return task != chooser; });
  if (offer.send) return !other.is_closed && (met || (other.is_known && other.filled < other.capacity));
  return met || other.is_closed || other.filled > 0;
}

void LeftBySelect::add(const LeftBySelectCandidate& candidate) {
  const Places places{candidate.where.pc, candidate.where.callers, candidate.select.pc, candidate.select.callers};
  if (places_.try_emplace(places, found_.size()).second) found_.push_back(candidate);
}

// `at_once`: the other task had come before, and the select found it there.
void LeftBySelect::choose(const Select& select, TaskId chooser, const Offer& taken, LeftBySelectCandidate candidate,
                          bool at_once) {
  const Places places{candidate.where.pc, candidate.where.callers, candidate.select.pc, candidate.select.callers};
  if (places_.contains(places) || !is_last(select, candidate)) return;
  for (const HeldLock& one : world_.task(candidate.task)->held) candidate.held.push_back(one.lock);
  for (const Offer& other : select.offers) {
    if (other.channel == taken.channel) continue;
    candidate.other_channel = other.channel;
    candidate.other_sends = other.send;
    candidate.because = Because::time;
    if (other.due && (at_once || !pipe(other.channel).has_fired)) return add(candidate);
    candidate.because = Because::ready;
    if (at_once && is_ready(other, chooser)) return add(candidate);
  }
  // Without the other task a buffer would have made the case ready.
  const Pipe& through = pipe(taken.channel);
  if (at_once && select.otherwise && through.is_known && through.capacity == 0) {
    candidate.other_channel = 0;
    candidate.because = Because::otherwise;
    return add(candidate);
  }
  candidate.because = Because::order;
  for (const Offer& other : select.offers) {
    if (other.channel == taken.channel) continue;
    candidate.other_channel = other.channel;
    Chosen chosen{candidate, other.send, {}, {}};
    if (order_ != nullptr) {
      chosen.chooser = order_->next_epoch(chooser);
      chosen.task = order_->next_epoch(candidate.task);
    }
    std::vector<Chosen>& all = chosen_[other.channel];
    if (all.size() == most_chosen) all.erase(all.begin());
    all.push_back(chosen);
  }
}

// The step makes cases ready that send, or that receive.
void LeftBySelect::becomes_ready(const Step& step, bool for_send) {
  const auto at = chosen_.find(step.event.object);
  if (at == chosen_.end()) return;
  for (const Chosen& chosen : at->second) {
    if (chosen.sends_there != for_send) continue;
    if (order_ == nullptr) {
      needs_order_ = true;
      return;
    }
    // It, and all that happened before it, may come before the choice.
    if (order_->ordered(chosen.chooser, step.task) || order_->ordered(chosen.task, step.task)) continue;
    if (rash_ != nullptr && rash_->are_before(step.task)) continue;
    LeftBySelectCandidate candidate = chosen.candidate;
    candidate.by = step.task;
    candidate.at = site_of(step.event);
    candidate.closes = step.event.op == Op::chan_close;
    candidate.other_sends = for_send;
    add(candidate);
  }
}

void LeftBySelect::on_case(const Step& step) {
  const Event& event = step.event;
  Select& select = selects_[step.task];
  if (!select.is_new) {
    select = Select{};
    select.is_new = true;
  }
  if (event.object == 0) select.otherwise = true;
  else
    select.offers.push_back(
        {event.object, has(event.flags, ChanFlag::send), has(event.flags, ChanFlag::due), event.value});
}

// Somebody has carried out what the task waited for: it is in no queue any more.
void LeftBySelect::complete(TaskId task) {
  if (const auto plain = parked_.find(task); plain != parked_.end()) {
    leave(task, plain->second.channel, plain->second.send);
    parked_.erase(plain);
  }
  if (const auto select = selects_.find(task); select != selects_.end() && select->second.parked) {
    for (const Offer& one : select->second.offers) leave(task, one.channel, one.send);
    select->second.parked = false;
  }
}

void LeftBySelect::leave(TaskId task, std::uint64_t channel, bool send) {
  std::vector<TaskId>& queue = pipe(channel).parked[send ? 1 : 0];
  if (const auto at = std::ranges::find(queue, task); at != queue.end()) queue.erase(at);
}

void LeftBySelect::on_park(const Step& step) {
  const Event& event = step.event;
  const bool send = has(event.flags, ChanFlag::send);
  if (has(event.flags, ChanFlag::select)) {
    Select& select = selects_[step.task];
    select.parked = true;
    select.is_new = false;
  } else {
    parked_[step.task] = {event.object, send, site_of(event)};
  }
  pipe(event.object).parked[send ? 1 : 0].push_back(step.task);
  becomes_ready(step, !send);
}

// A send or a receive that went ahead: of one of the two in a select, and of the other as itself.
void LeftBySelect::on_transfer(const Step& step) {
  const Event& event = step.event;
  const bool send = event.op == Op::chan_send;
  const TaskId partner{static_cast<std::uint32_t>(event.value)};
  const bool closed = !send && has(event.flags, ChanFlag::closed);
  Pipe& through = pipe(event.object);
  if (has(event.flags, ChanFlag::select)) {
    const auto select = selects_.find(step.task);
    const auto waiter = parked_.find(partner);
    if (select != selects_.end()) {
      select->second.where = site_of(event);
      if (partner != no_task && waiter != parked_.end() && waiter->second.channel == event.object &&
          waiter->second.send != send) {
        choose(select->second, step.task, {event.object, send, false, 0},
               {partner, waiter->second.where, event.object, !send, step.task, site_of(event)},
               /*at_once=*/true);
      }
      select->second.is_new = false;
    }
  } else if (partner != no_task && !has(event.flags, ChanFlag::attempt) && through.is_known && through.capacity == 0) {
    const auto select = selects_.find(partner);
    if (select != selects_.end() && select->second.parked) {
      choose(select->second, partner, {event.object, !send, false, 0},
             {step.task, site_of(event), event.object, send, partner, select->second.where},
             /*at_once=*/false);
    }
  }
  if (partner != no_task) complete(partner);
  if (partner != no_task || closed) return;
  if (send) ++through.filled;
  else if (through.filled > 0) --through.filled;
  becomes_ready(step, !send);
}

void LeftBySelect::look_at(const Step& step) {
  const Event& event = step.event;
  // Where events were lost, a handle or an order may have been among them.
  blind_ = blind_ || (event.op == Op::lost && !has(event.flags, trace::LostFlag::only_accesses));
  if (blind_) return;
  switch (event.op) {
    case Op::wait_begin:
      if (static_cast<WaitKind>(event.value) == WaitKind::select) {
        Select& select = selects_[step.task] = Select{};
        select.is_new = true;
        select.where = site_of(event);
      }
      return;
    case Op::select_case: return on_case(step);
    case Op::chan_make:
      pipes_[event.object] = Pipe{.is_known = true, .capacity = event.value};
      chosen_.erase(event.object);
      return;
    case Op::chan_destroy:
      pipes_.erase(event.object);
      chosen_.erase(event.object);
      return;
    case Op::chan_park: return on_park(step);
    case Op::chan_unpark: return leave(step.task, event.object, has(event.flags, ChanFlag::send));
    case Op::chan_done:
      complete(step.task);
      selects_.erase(step.task);
      return;
    case Op::wait_end: return complete(step.task);  // also where the wait must begin anew
    case Op::chan_send:
    case Op::chan_recv: return on_transfer(step);
    case Op::chan_timer_send:
      pipe(event.object).has_fired = true;
      if (event.value != 0) complete(TaskId{static_cast<std::uint32_t>(event.value)});
      return;
    case Op::chan_close: {
      Pipe& closed = pipe(event.object);
      closed.is_closed = true;
      for (const std::vector<TaskId>& queue : std::array{closed.parked[0], closed.parked[1]})
        for (const TaskId task : queue) complete(task);
      return becomes_ready(step, /*for_send=*/false);
    }
    case Op::task_create: creators_.insert(step.task); return;
    case Op::task_end:
      selects_.erase(step.task);
      creators_.erase(step.task);
      return;
    default: return;
  }
}

void ValueOrder::observe(const Step& step) {
  const Op op = step.event.op;
  if (op != Op::atomic_load && op != Op::atomic_store && op != Op::atomic_rmw) return order_.observe(step);
  Step strict = step;
  strict.event.flags = static_cast<std::uint8_t>(trace::MemoryOrder::acq_rel);
  if (op == Op::atomic_load) strict.event.flags = static_cast<std::uint8_t>(trace::MemoryOrder::acquire);
  if (op == Op::atomic_store) strict.event.flags = static_cast<std::uint8_t>(trace::MemoryOrder::release);
  order_.observe(strict);
}

}  // namespace tenter::analysis
