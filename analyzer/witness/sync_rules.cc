// The rules follow the manuals of the objects: POSIX, ISO C++20 [thread], and the Go memory model for channels. Where an
// object's state decides who goes next, its operations keep the order that they had.
#include "witness/sync_rules.h"

#include <algorithm>

namespace tenter::analysis {
namespace {

using trace::Op;

}  // namespace

std::uint32_t SyncRules::track(Row row, std::uint64_t object) {
  const auto [at, is_new] = tracks_.try_emplace({object, row}, static_cast<std::uint32_t>(lengths_.size()));
  if (is_new) lengths_.push_back(0);
  return at->second;
}

void SyncRules::needs_all(Rules& rules, Row row, std::uint64_t object) {
  const std::uint32_t number = track(row, object);
  if (lengths_[number] != 0) rules.needs.push_back({number, lengths_[number]});
}

void SyncRules::joins(Rules& rules, Row row, std::uint64_t object) {
  const std::uint32_t number = track(row, object);
  rules.member_of.push_back({number, lengths_[number]++});
}

void SyncRules::forget(std::uint64_t begin, std::uint64_t size) {
  if (size == 0 || size > ~begin) return;
  auto at = tracks_.lower_bound({begin, Row{}});
  while (at != tracks_.end() && at->first.first < begin + size) {
    const Row row = at->first.second;
    const bool of_memory = row != Row::task && row != Row::created && row != Row::completed;
    at = of_memory ? tracks_.erase(at) : std::next(at);
  }
}

bool SyncRules::synchronization(const Step& step, Rules& rules) {
  const Event& event = step.event;
  const std::uint64_t object = event.object;
  const auto renew = [&](std::initializer_list<Row> rows) {
    for (const Row row : rows) tracks_.erase({object, row});
  };
  switch (event.op) {
    case Op::access_range: return event.value != 0;
    case Op::atomic_load:
    case Op::atomic_store:
    case Op::atomic_rmw: return event.arg != 0;

    case Op::lock_create:
    case Op::lock_destroy:
      renew({Row::lock_life});
      joins(rules, Row::lock_life, object);
      return true;
    case Op::lock_acquire:
      if ((event.flags & trace::LockFlag::again) != 0) return false;
      needs_all(rules, Row::lock_life, object);
      return true;
    case Op::lock_release:
      if ((event.flags & trace::LockFlag::again) != 0) return false;
      if (const auto waits = waits_on_.find(index(step.task)); waits != waits_on_.end())
        keeps_order(rules, Row::condition, waits->second);
      return true;

    case Op::wait_end: waits_on_.erase(index(step.task)); return false;
    case Op::wait_begin:
      if (static_cast<trace::WaitKind>(event.value) != trace::WaitKind::condition) return false;
      if (object != 0) waits_on_[index(step.task)] = object;
      [[fallthrough]];
    case Op::cond_signal:
    case Op::cond_wake: keeps_order(rules, Row::condition, object); return true;

    case Op::once_begin:
    case Op::once_end: keeps_order(rules, Row::once, object); return true;
    case Op::once_pass: needs_all(rules, Row::once, object); return true;

    case Op::barrier_create: renew({Row::arrivals}); return true;
    case Op::barrier_arrive: keeps_order(rules, Row::arrivals, object); return true;
    case Op::barrier_leave: needs_all(rules, Row::arrivals, object); return true;

    case Op::lock_look: needs_all(rules, Row::lock_life, object); return true;

    case Op::sem_create: renew({Row::posts, Row::taken, Row::looks}); return true;
    case Op::sem_post:
      needs_all(rules, Row::looks, object);
      joins(rules, Row::posts, object);
      return true;
    case Op::sem_wait:
      needs_all(rules, Row::posts, object);
      needs_all(rules, Row::looks, object);
      joins(rules, Row::taken, object);
      return true;
    case Op::sem_look:
      needs_all(rules, Row::posts, object);
      needs_all(rules, Row::taken, object);
      joins(rules, Row::looks, object);
      return true;

    case Op::release: joins(rules, Row::releases, object); return true;
    case Op::acquire: needs_all(rules, Row::releases, object); return true;

    case Op::wg_create: renew({Row::adds, Row::dones, Row::waits}); return true;
    case Op::wg_add: {
      const bool done = static_cast<std::int64_t>(event.value) < 0;
      if (done) needs_all(rules, Row::adds, object);  // the counter never falls below zero
      needs_all(rules, Row::waits, object);           // a wait returned at zero
      joins(rules, done ? Row::dones : Row::adds, object);
      return true;
    }
    case Op::wg_pass:
      needs_all(rules, Row::adds, object);
      needs_all(rules, Row::dones, object);
      joins(rules, Row::waits, object);
      return true;

    case Op::task_create: joins(rules, Row::created, object); return true;
    case Op::task_join:
      if (object != index(step.task)) needs_all(rules, Row::task, object);
      return true;

    case Op::chan_make:
      renew({Row::channel});
      joins(rules, Row::channel, object);
      return true;
    case Op::chan_send:
    case Op::chan_recv:
    case Op::chan_timer_send:
      if (event.value != 0) joins(rules, Row::completed, event.value);  // for the partner, which parked before
      [[fallthrough]];
    case Op::chan_park:
    case Op::chan_unpark:
    case Op::chan_close:
    case Op::chan_look:
    case Op::chan_destroy: keeps_order(rules, Row::channel, object); return true;
    case Op::chan_done:
      needs_all(rules, Row::completed, index(step.task));
      if ((event.flags & trace::ChanFlag::closed) != 0) needs_all(rules, Row::channel, object);
      return true;

    default: return false;
  }
}

bool SyncRules::observe(const Step& step, Rules& rules) {
  rules.needs.clear();
  rules.member_of.clear();
  const Event& event = step.event;
  if (event.op == Op::alloc) {
    sizes_[event.object] = event.value;
    forget(event.object, event.value);
    return false;
  }
  if (event.op == Op::free) {
    // An access to the whole block.
    keeps_order(rules, Row::task, index(step.task));
    const auto size = sizes_.find(event.object);
    forget(event.object, event.value != 0 ? event.value : size != sizes_.end() ? size->second : 0);
    return true;
  }
  const std::uint32_t own = track(Row::task, index(step.task));
  if (lengths_[own] == 0) needs_all(rules, Row::created, index(step.task));
  if (!synchronization(step, rules)) {
    rules.needs.clear();
    rules.member_of.clear();
    return false;
  }
  keeps_order(rules, Row::task, index(step.task));
  return true;
}

}  // namespace tenter::analysis
