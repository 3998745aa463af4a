// Invariants. A task's clock has 0 at its own place. rows_[state.row] is the task's clock unless state.changed. The positions in
// state.rows rise, and none is later than the task's next step.
#include "predict/feasibility.h"

#include <algorithm>
#include <utility>

namespace tenter::analysis {
namespace {

using trace::LockFlag;
using trace::Op;

constexpr std::size_t most_successions_tried = 64;

void join(std::vector<std::uint32_t>& into, std::span<const std::uint32_t> from) {
  if (into.size() < from.size()) into.resize(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) into[i] = std::max(into[i], from[i]);
}

}  // namespace

// ---- tasks and clocks -----------------------------------------------------------------------------------------
std::uint16_t Feasibility::find_task(TaskId id) {
  const auto [at, is_new] = dense_.try_emplace(index(id), static_cast<std::uint16_t>(tasks_.size()));
  if (is_new) {
    tasks_.emplace_back();
    task_ids_.push_back(id);
  }
  return at->second;
}

// By a task that is created by who knows that much.
bool Feasibility::can_be_succeeded(std::uint16_t number, std::span<const std::uint32_t> known) const {
  const TaskState& state = tasks_[number];
  const std::uint32_t needed = state.needed();
  return state.holds == 0 && state.waits_on == 0 && (needed == 0 || (number < known.size() && known[number] >= needed));
}

// The present task has created that one.
void Feasibility::succeed(TaskId id) {
  if (dense_.contains(index(id))) return;
  const std::span<const std::uint32_t> known = rows_[here().row];
  const std::size_t tried = std::min(ended_.size() - free_numbers_, most_successions_tried);
  auto at = std::find_if(ended_.end() - static_cast<std::ptrdiff_t>(tried), ended_.end(),
                         [&](std::uint16_t number) { return can_be_succeeded(number, known); });
  if (at == ended_.end()) {
    // Of one that goes on after its end, as no sound recording says, there is more to ask for by now.
    while (free_numbers_ != 0 && !can_be_succeeded(ended_[free_numbers_ - 1], known)) --free_numbers_;
    if (free_numbers_ == 0) {
      ++first_of_their_number_;
      return;
    }
    at = ended_.begin() + static_cast<std::ptrdiff_t>(--free_numbers_);
  }
  const std::uint16_t number = *at;
  ended_.erase(at);
  // Should the other be told of once more, it is one that nobody knows anything of.
  dense_.erase(index(task_ids_[number]));
  dense_.emplace(index(id), number);
  task_ids_[number] = id;
  TaskState& state = tasks_[number];
  state.ended = false;
  state.clock.clear();  // the other may have known what this one does not
  state.changed = true;
  state.quiet_since = state.steps;
  state.asked_at = state.asked = 0;
}

void Feasibility::free_all_but(const std::vector<std::uint32_t>& asked) {
  for (const std::uint16_t number : ended_) {
    tasks_[number].asked_at = tasks_[number].steps;
    tasks_[number].asked = asked[number];
  }
  const auto others =
      std::ranges::partition(ended_, [&](std::uint16_t number) { return can_be_succeeded(number, {}); });
  free_numbers_ = ended_.size() - others.size();
  first_of_their_number_ = 0;
}

void Feasibility::keep_clock(TaskState& state) {
  state.changed = false;
  state.row = rows_.keep(state.clock);
  if (!state.rows.empty() && state.rows.back().position == state.steps) state.rows.pop_back();
  state.rows.push_back({state.steps, state.row});
  state.same_row_since = state.steps + 1;  // or that step itself: it is not known whether this is what it learns
}

std::uint32_t Feasibility::row_at(std::uint16_t task, std::uint32_t position) const {
  const std::vector<RowSince>& rows = tasks_[task].rows;
  if (rows.empty() || rows.front().position > position) return 0;
  if (rows.back().position <= position) return rows.back().row;  // seldom is one asked for that is much older
  const auto later = std::upper_bound(rows.begin(), rows.end(), position,
                                      [](std::uint32_t at, const RowSince& row) { return at < row.position; });
  return std::prev(later)->row;
}

Point Feasibility::last_of(std::uint16_t task) const {
  const std::uint32_t steps = tasks_[task].steps;
  return steps != 0 ? Point{steps - 1, row_at(task, steps - 1), task} : Point();
}

void Feasibility::raise(TaskState& state, std::size_t task, std::uint32_t count) {
  if (state.clock.size() <= task) state.clock.resize(task + 1);
  if (state.clock[task] >= count) return;
  state.clock[task] = count;
  state.changed = true;
}

void Feasibility::require_clock(std::uint16_t whose, std::span<const std::uint32_t> clock) {
  TaskState& state = tasks_[whose];
  for (std::size_t i = 0; i < clock.size(); ++i) {
    if (i != whose && clock[i] != 0) raise(state, i, clock[i]);
  }
}

// The point, and with it what must come before it, comes before what the task does next.
void Feasibility::require(std::uint16_t whose, const Point& point) {
  if (!point.known() || point.task == whose) return;
  TaskState& state = tasks_[whose];
  if (point.task < state.clock.size() && state.clock[point.task] > point.position) return;
  raise(state, point.task, point.position + 1);
  require_clock(whose, rows_[point.row]);
}

void Feasibility::collect(std::vector<std::uint32_t>& into) {
  const Point now = here();
  join(into, rows_[now.row]);
  if (into.size() <= now.task) into.resize(now.task + 1u);
  into[now.task] = std::max(into[now.task], now.position + 1);
}

std::vector<bool> Feasibility::rows_of_objects() const {
  std::vector<bool> used(rows_.size());
  const auto use = [&](const Point& point) {
    if (point.known()) used[point.row] = true;
  };
  for (std::uint16_t task = 0; task < tasks_.size(); ++task) {
    used[tasks_[task].row] = true;
    use(last_of(task));
  }
  for (const auto& [place, object] : objects_) {
    use(object.last);
    use(object.released);
    for (const Holder& holder : object.holders) use(holder.acquire);
  }
  return used;
}

void Feasibility::keep_only(const std::vector<bool>& used) {
  // Another clock may take the place of a row that goes.
  for (TaskState& state : tasks_) std::erase_if(state.rows, [&](const RowSince& since) { return !used[since.row]; });
  rows_.keep_only(used);
}

void Feasibility::forget_objects(std::uint64_t begin, std::uint64_t size) {
  if (size == 0 || size > ~begin) return;
  const auto first = objects_.lower_bound(key(begin, ObjectKind{})),
             last = objects_.lower_bound(key(begin + size, ObjectKind{}));
  for (auto at = first; at != last; ++at)
    if (at->second.lock != no_event) ended_locks_.insert(at->first >> 4);
  objects_.erase(first, last);
}

// ---- synchronization ------------------------------------------------------------------------------------------
// An operation that changes the object and follows all that did.
void Feasibility::change(Object& object) {
  require(object.last);
  other();
  object.last = here();
}

// An operation that depends on all of them and changes nothing.
void Feasibility::look(const Object& object) {
  require(object.last);
  other();
}

void Feasibility::start_anew(ObjectKind kind) {
  if (object(kind).lock != no_event) ended_locks_.insert(step_->event.object);
  objects_.erase(key(step_->event.object, kind));
  change(object(kind));
}

Feasibility::Object& Feasibility::numbered_lock() {
  Object& lock = object(ObjectKind::lock);
  if (lock.lock == no_event) {
    lock.lock = locks_++;
    if (ended_locks_.contains(step_->event.object)) doubtful_locks_.insert(step_->event.object);
  }
  return lock;
}

void Feasibility::on_acquire(const Event& event) {
  Object& lock = numbered_lock();
  const bool shared = (event.flags & LockFlag::shared) != 0;
  require(lock.last);
  arrive();
  const auto is_ignored = [&](const Holder& holder) {
    return holder.acquire.task != self_ && holder.keeps_out(shared);
  };
  if (std::ranges::any_of(lock.holders, is_ignored)) doubtful_locks_.insert(event.object);
  lock.holders.push_back({here(), listener_.on_acquire(lock.lock, shared), shared, {}});
  ++me().holds;
}

// Whoever held the lock in the run holds it in every other order too.
void Feasibility::on_refusal(const Event& event) {
  Object& lock = numbered_lock();
  const bool shared = (event.flags & LockFlag::shared) != 0;
  const auto refuses = [&](const Holder& holder) { return holder.keeps_out(shared); };
  const auto own = [&](const Holder& holder) { return refuses(holder) && holder.acquire.task == self_; };
  if (std::ranges::any_of(lock.holders, own)) return other();
  if (const auto holder = std::ranges::find_if(lock.holders, refuses); holder != lock.holders.end()) {
    require(holder->acquire);
    other();
    return collect(holder->refused);
  }
  // Who held it had told already that it gives it back, or had not told yet that it has it; or a writer waits before the
  // readers. The attempt stays between its neighbours.
  require(lock.last);
  require(lock.released);
  other();
  lock.last = here();
}

void Feasibility::on_release(const Event& event) {
  Object& lock = numbered_lock();  // its first event is a release where a forked child inherited it
  const bool shared = (event.flags & LockFlag::shared) != 0;
  const auto by = [&](bool own) {
    return std::find_if(lock.holders.begin(), lock.holders.end(), [&](const Holder& holder) {
      return holder.shared == shared && (!own || holder.acquire.task == self_);
    });
  };
  auto holder = by(true);
  if (holder == lock.holders.end()) holder = by(false);
  const bool taken = holder != lock.holders.end();
  require(taken ? holder->acquire : lock.last);  // given back by another: after it was taken
  if (taken) require(holder->refused);
  if (taken && holder->acquire.task != self_) doubtful_locks_.insert(event.object);
  // A wait on a condition begins here: what signals it may have missed is settled.
  Object* const condition = me().waits_on != 0 ? &object(ObjectKind::condition, me().waits_on) : nullptr;
  if (condition != nullptr) require(condition->last);
  arrive();
  listener_.on_release(lock.lock, shared, taken ? holder->taken : no_event);
  // Held since before the recording: whoever takes it follows.
  if (taken) {
    --tasks_[holder->acquire.task].holds;
    lock.holders.erase(holder);
  } else {
    lock.last = here();
  }
  lock.released = here();
  if (condition != nullptr) condition->last = here();
}

void Feasibility::on_wait_group_add(const Event& event) {
  Object& group = object(ObjectKind::wait_group);
  const bool adds = static_cast<std::int64_t>(event.value) >= 0;
  if (!adds) require(group.given);
  require(group.passed);
  other();
  collect(adds ? group.given : group.more);
}

void Feasibility::on_wait_group_pass() {
  Object& group = object(ObjectKind::wait_group);
  require(group.given);
  require(group.more);
  other();
  collect(group.passed);
}

void Feasibility::on_give(ObjectKind kind) {
  Object& to = object(kind);
  require(to.more);
  other();
  collect(to.given);
}

void Feasibility::on_take(ObjectKind kind) {
  Object& from = object(kind);
  require(from.given);
  require(from.more);
  other();
  if (kind == ObjectKind::semaphore) collect(from.passed);
}

void Feasibility::on_semaphore_look() {
  Object& semaphore = object(ObjectKind::semaphore);
  require(semaphore.given);
  require(semaphore.passed);
  other();
  collect(semaphore.more);
}

void Feasibility::take_place() {
  const Event& event = step_->event;
  switch (event.op) {
    case Op::lock_create:
    case Op::lock_destroy: return start_anew(ObjectKind::lock);
    case Op::lock_acquire:
      if ((event.flags & LockFlag::again) == 0) on_acquire(event);
      return;
    case Op::lock_release:
      if ((event.flags & LockFlag::again) == 0) on_release(event);
      return;
    case Op::lock_look: return on_refusal(event);

    case Op::wait_begin:
      if (static_cast<trace::WaitKind>(event.value) != trace::WaitKind::condition) return;
      me().waits_on = event.object;
      return change(object(ObjectKind::condition));
    case Op::wait_end: me().waits_on = 0; return;
    case Op::cond_signal:
    case Op::cond_wake: return change(object(ObjectKind::condition));

    case Op::once_begin:
    case Op::once_end: return change(object(ObjectKind::once));
    case Op::once_pass: return look(object(ObjectKind::once));
    case Op::barrier_create: return start_anew(ObjectKind::barrier);
    case Op::barrier_arrive: return change(object(ObjectKind::barrier));
    case Op::barrier_leave: return look(object(ObjectKind::barrier));
    case Op::sem_create: return start_anew(ObjectKind::semaphore);
    case Op::sem_post: return on_give(ObjectKind::semaphore);
    case Op::sem_wait: return on_take(ObjectKind::semaphore);
    case Op::sem_look: return on_semaphore_look();
    case Op::release: return on_give(ObjectKind::annotation);
    case Op::acquire: return on_take(ObjectKind::annotation);
    case Op::wg_create: return start_anew(ObjectKind::wait_group);
    case Op::wg_add: return on_wait_group_add(event);
    case Op::wg_pass: return on_wait_group_pass();

    case Op::task_create: {
      other();
      const TaskId id{static_cast<std::uint32_t>(event.object)};
      if (numbers_ == Numbers::of_successors) succeed(id);
      const std::uint16_t child = task(id);
      if (child != self_) require(child, here());
      return;
    }
    case Op::task_end:
      if (!std::exchange(me().ended, true)) ended_.push_back(self_);
      return;
    case Op::task_join: {
      const auto child = dense_.find(static_cast<std::uint32_t>(event.object));
      if (child != dense_.end() && child->second != self_) {
        TaskState& state = tasks_[child->second];
        require(last_of(child->second));
        require(state.clock);  // it may have done nothing but be created
        state.quiet_since = state.steps;
      }
      return other();
    }

    case Op::chan_make: return start_anew(ObjectKind::channel);
    case Op::chan_destroy:
    case Op::chan_send:
    case Op::chan_recv:
    case Op::chan_park:
    case Op::chan_unpark:
    case Op::chan_close:
    case Op::chan_timer_send:
    case Op::chan_look: return change(object(ObjectKind::channel));
    case Op::chan_done: return look(object(ObjectKind::channel));

    default: return;  // names, what the library's workers do, and waits: nobody depends on them
  }
}

}  // namespace tenter::analysis
