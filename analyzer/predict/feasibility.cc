// Invariants. A task's clock has 0 at its own place. rows_[state.row] is the task's clock unless state.changed.
#include "predict/feasibility.h"

#include <algorithm>

#include "base/granule.h"

namespace tenter::analysis {
namespace {

using trace::LockFlag;
using trace::Op;

// Of what memory a freed block's accesses lay in, so much is remembered as freed.
constexpr std::size_t max_freed_cells = 64;

void join(std::vector<std::uint32_t>& into, std::span<const std::uint32_t> from) {
  if (into.size() < from.size()) into.resize(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) into[i] = std::max(into[i], from[i]);
}

}  // namespace

// ---- tasks and clocks -----------------------------------------------------------------------------------------
std::uint16_t Feasibility::task(TaskId id) {
  if (self_ < task_ids_.size() && task_ids_[self_] == id) return self_;
  const auto [at, is_new] = dense_.try_emplace(index(id), static_cast<std::uint16_t>(tasks_.size()));
  if (is_new) {
    tasks_.emplace_back();
    task_ids_.push_back(id);
  }
  return at->second;
}

void Feasibility::settle(TaskState& state) {
  if (!state.changed) return;
  state.changed = false;
  state.row = rows_.keep(state.clock);
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

void Feasibility::arrive() {
  if (arrived_) return;
  arrived_ = true;
  TaskState& state = me();
  if (state.changed) {
    settle(state);
    before_ = rows_[row_before_];  // another row may have moved it
  }
  position_ = state.steps++;
  state.last = {position_, state.row, self_};
}

void Feasibility::other() {
  arrive();
  listener_.on_other();
}

void Feasibility::drop_unused_rows() {
  std::vector<bool> used(rows_.size());
  const auto use = [&](const Point& point) {
    if (point.known()) used[point.row] = true;
  };
  for (const TaskState& state : tasks_) {
    used[state.row] = true;
    use(state.last);
  }
  for (const auto& [place, object] : objects_) {
    use(object.last);
    for (const Holder& holder : object.holders) use(holder.acquire);
  }
  for (std::size_t cell = 0; cell < writers_.size(); ++cell)
    writers_.for_each(cell, [&](const Writer& writer) { use(writer.point()); });
  rows_.keep_only(used);
}

// ---- memory ---------------------------------------------------------------------------------------------------
Feasibility::Page& Feasibility::page(std::uint64_t number) {
  Cached& cached = cached_[number % cached_.size()];
  if (cached.number == number) return *cached.page;
  std::unique_ptr<Page>& found = pages_[number];
  if (!found) found = std::make_unique<Page>();
  cached = {number, found.get()};
  return *found;
}

std::uint32_t Feasibility::cell_at(std::uint64_t granule) {
  std::uint32_t& place = page(granule >> page_bits)[(granule >> 3) % cells_a_page];
  if (place == 0) {
    if (!unused_cells_.empty()) {
      place = unused_cells_.back() + 1;
      unused_cells_.pop_back();
    } else {
      writers_.add_list();
      place = static_cast<std::uint32_t>(writers_.size());
    }
  }
  return place - 1;
}

void Feasibility::prefetch(std::uint64_t address) const {
  const std::uint64_t number = address >> page_bits;
  const Cached& cached = cached_[number % cached_.size()];
  if (cached.number != number) return;
  const std::uint32_t place = (*cached.page)[(address >> 3) % cells_a_page];
  if (place == 0) return;
  writers_.prefetch(place - 1);
  listener_.on_soon(place - 1);
}

// The cell's writers come before what follows the step.
void Feasibility::see(std::uint32_t cell, std::uint8_t mask) {
  writers_.for_each(cell, [&](const Writer& writer) {
    if ((writer.mask & mask) != 0) require(writer.point());
  });
}

void Feasibility::touch(const Listener::Touch& touch) {
  arrive();
  listener_.on_access(touch);
  if (!touch.writes) return;
  const auto overwritten = [&](Writer& writer) {
    const auto left = static_cast<std::uint8_t>(writer.mask & ~touch.mask);
    if (left != 0) writer.mask = left;
    return left == 0;
  };
  writers_.replace(touch.cell, overwritten, {position_, me().row, self_, touch.mask});
}

void Feasibility::access(std::uint64_t address, std::uint64_t size, bool reads, bool writes, bool atomic) {
  if (size == 0) return;
  const std::uint64_t begin = address & ~std::uint64_t{7}, end = address + size;
  if (end <= begin + 8) {
    const std::uint32_t cell = cell_at(begin);
    const std::uint8_t mask = granule_mask(begin, address, end);
    if (reads) see(cell, mask);
    touch({cell, mask, writes, atomic, reads && writes, false});
    return;
  }
  for (std::uint64_t granule = begin; reads && granule < end; granule += 8)
    see(cell_at(granule), granule_mask(granule, address, end));
  for (std::uint64_t granule = begin; granule < end; granule += 8)
    touch({cell_at(granule), granule_mask(granule, address, end), writes, atomic, reads && writes, false});
}

template <class F>
void Feasibility::for_each_cell(std::uint64_t begin, std::uint64_t size, F f) {
  if (size == 0 || size > ~begin) return;
  const std::uint64_t end = begin + size;
  const std::uint64_t first = begin >> page_bits, last = (end - 1) >> page_bits;
  const auto look_through = [&](std::uint64_t number, Page& page) {
    const std::uint64_t base = number << page_bits;
    const std::uint64_t from = begin > base ? (begin - base) / 8 : 0;
    const std::uint64_t until = end - base < (std::uint64_t{1} << page_bits) ? (end - base + 7) / 8 : cells_a_page;
    for (std::uint64_t i = from; i < until; ++i)
      if (page[i] != 0) f(page[i]);
  };
  if (last - first < pages_.size()) {
    for (std::uint64_t number = first; number <= last; ++number) {
      if (const auto at = pages_.find(number); at != pages_.end()) look_through(number, *at->second);
    }
  } else {
    for (auto& [number, page] : pages_) {
      if (first <= number && number <= last) look_through(number, *page);
    }
  }
}

void Feasibility::on_free(const Event& event) {
  const auto known = sizes_.find(event.object);
  const std::uint64_t size = event.value != 0 ? event.value : known != sizes_.end() ? known->second : 0;
  const auto kind = static_cast<trace::MemoryKind>(event.arg);
  std::vector<std::uint32_t> touched;
  if (kind == trace::MemoryKind::heap || kind == trace::MemoryKind::mapping) {
    for_each_cell(event.object, size, [&](std::uint32_t place) {
      if (touched.size() < max_freed_cells) touched.push_back(place - 1);
    });
  }
  std::sort(touched.begin(), touched.end());
  for (const std::uint32_t cell : touched) touch({cell, 0xff, true, false, false, true});
  if (touched.empty()) other();
  forget(event.object, size);
  if (known != sizes_.end()) sizes_.erase(known);
}

// Other objects live here from now on.
void Feasibility::forget(std::uint64_t begin, std::uint64_t size) {
  for_each_cell(begin, size, [&](std::uint32_t& place) {
    writers_.clear(place - 1);
    if (listener_.on_forgotten(place - 1)) unused_cells_.push_back(place - 1);
    place = 0;
  });
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
  const auto keeps_out = [&](const Holder& holder) {
    return holder.acquire.task != self_ && !(shared && holder.shared);
  };
  if (std::ranges::any_of(lock.holders, keeps_out)) doubtful_locks_.insert(event.object);
  lock.holders.push_back({here(), listener_.on_acquire(lock.lock, shared), shared});
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
  if (taken && holder->acquire.task != self_) doubtful_locks_.insert(event.object);
  // A wait on a condition begins here: what signals it may have missed is settled.
  Object* const condition = me().waits_on != 0 ? &object(ObjectKind::condition, me().waits_on) : nullptr;
  if (condition != nullptr) require(condition->last);
  arrive();
  listener_.on_release(lock.lock, shared, taken ? holder->taken : no_event);
  // Held since before the recording: whoever takes it follows.
  if (taken) lock.holders.erase(holder);
  else lock.last = here();
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
  other();
  collect(to.given);
}

void Feasibility::on_take(ObjectKind kind) {
  require(object(kind).given);
  other();
}

void Feasibility::observe(const Step& step) {
  step_ = &step;
  self_ = task(step.task);
  arrived_ = false;
  settle(me());
  row_before_ = me().row;
  before_ = rows_[row_before_];
  const Event& event = step.event;
  if (event.soon != 0) prefetch(event.soon);
  switch (event.op) {
    case Op::access_range: return access(event.object, event.value, !is_write(event), is_write(event), false);
    case Op::atomic_load: return access(event.object, event.arg, true, false, true);
    case Op::atomic_store: return access(event.object, event.arg, false, true, true);
    case Op::atomic_rmw: return access(event.object, event.arg, true, true, true);

    case Op::lock_create:
    case Op::lock_destroy: return start_anew(ObjectKind::lock);
    case Op::lock_acquire:
      if ((event.flags & LockFlag::again) == 0) on_acquire(event);
      return;
    case Op::lock_release:
      if ((event.flags & LockFlag::again) == 0) on_release(event);
      return;

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
    case Op::release: return on_give(ObjectKind::annotation);
    case Op::acquire: return on_take(ObjectKind::annotation);
    case Op::wg_create: return start_anew(ObjectKind::wait_group);
    case Op::wg_add: return on_wait_group_add(event);
    case Op::wg_pass: return on_wait_group_pass();

    case Op::task_create: {
      other();
      const std::uint16_t child = task(TaskId{static_cast<std::uint32_t>(event.object)});
      if (child != self_) require(child, here());
      return;
    }
    case Op::task_join: {
      const std::uint16_t child = task(TaskId{static_cast<std::uint32_t>(event.object)});
      if (child != self_) require(tasks_[child].last);
      return other();
    }

    case Op::chan_make: return start_anew(ObjectKind::channel);
    case Op::chan_destroy:
    case Op::chan_send:
    case Op::chan_recv:
    case Op::chan_park:
    case Op::chan_unpark:
    case Op::chan_close:
    case Op::chan_timer_send: return change(object(ObjectKind::channel));
    case Op::chan_done: return look(object(ObjectKind::channel));

    case Op::alloc: sizes_[event.object] = event.value; return forget(event.object, event.value);
    case Op::free: return on_free(event);
    default: return;  // names, what the library's workers do, and waits: nobody depends on them
  }
}

}  // namespace tenter::analysis
