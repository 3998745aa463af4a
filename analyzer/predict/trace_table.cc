// The feasibility edges, by what they keep true in a reordering (docs/prediction.md has the same table in prose):
//
//   reads-from        every read sees the write that it saw, atomic or not
//   fork, join        a task starts after its creation; a join returns after all of the task
//   lock              given back by another task than took it: after the taking. Mutual exclusion is no edge
//   condition, once, channel   operations that change the object keep their order; what only looks follows them all
//   semaphore, annotation      a wait follows every earlier post
//   wait group        a wait follows every earlier add and done, an add every earlier wait, a done both
//   barrier           arrivals keep their order; who leaves follows all arrivals so far
//
// Invariants. A task's clock has 0 at its own place. rows_[task.row] is the task's clock unless task.changed.
#include "predict/trace_table.h"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>
#include <utility>

#include "base/check.h"

namespace tenter::analysis {
namespace {

using trace::ChanFlag;
using trace::LockFlag;
using trace::Op;

// Of what memory a freed block's accesses lay in, so much is remembered as freed.
constexpr std::size_t max_freed_cells = 64;

enum class ObjectKind : std::uint8_t { lock, condition, once, barrier, semaphore, annotation, wait_group, channel };

void join(std::vector<std::uint32_t>& into, std::span<const std::uint32_t> from) {
  if (into.size() < from.size()) into.resize(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) into[i] = std::max(into[i], from[i]);
}

std::uint8_t mask_of(std::uint64_t granule, std::uint64_t begin, std::uint64_t end) {
  unsigned mask = 0xff;
  if (begin > granule) mask &= 0xffu << (begin - granule);
  if (end < granule + 8) mask &= 0xffu >> (granule + 8 - end);
  return static_cast<std::uint8_t>(mask);
}

}  // namespace

struct TraceTable::Build {
  struct TaskState {
    std::vector<std::uint32_t> clock;
    std::uint32_t row = 0;
    bool changed = false;
    std::uint64_t waits_on = 0;  // condition
  };
  struct Object {
    std::uint32_t last = no_event;           // where operations keep their order
    std::vector<std::uint32_t> given, more;  // what is collected: posts, adds; dones
    std::vector<std::uint32_t> passed;       // waits of a wait group
    std::uint32_t lock = UINT32_MAX;
    std::vector<std::uint32_t> holders;  // acquires
  };
  struct Writer {
    std::uint8_t mask;
    std::uint32_t event;
  };
  static constexpr unsigned page_bits = 12;
  static constexpr unsigned cells_a_page = 1u << (page_bits - 3);
  using Page = std::array<std::uint32_t, cells_a_page>;  // cell + 1; 0: none

  explicit Build(TraceTable& the_table) : table(the_table) {}

  TraceTable& table;
  std::unordered_map<std::uint32_t, std::uint16_t> dense;
  std::vector<TaskState> tasks;
  std::unordered_map<std::uint64_t, std::unique_ptr<Page>> pages;
  std::vector<std::vector<Writer>> writers;                // by cell
  std::unordered_map<std::uint64_t, std::uint64_t> sizes;  // of blocks, by where they begin
  std::map<std::uint64_t, Object> objects;                 // by address and kind, so that freed memory takes them along
  std::uint16_t self = 0;                                  // of the current step
  const Step* step = nullptr;
  bool watched = true;

  // ---- tasks and clocks -------------------------------------------------------------------------------------
  std::uint16_t task(TaskId id) {
    const auto [at, is_new] = dense.try_emplace(index(id), static_cast<std::uint16_t>(tasks.size()));
    if (is_new) {
      tasks.emplace_back();
      table.task_ids_.push_back(id);
      table.task_events_.emplace_back();
      table.first_rows_.push_back(0);
    }
    return at->second;
  }
  TaskState& me() { return tasks[self]; }

  void settle(std::uint16_t which) {
    TaskState& state = tasks[which];
    if (!state.changed) return;
    state.changed = false;
    state.row = static_cast<std::uint32_t>(table.rows_.size());
    table.rows_.push_back({table.words_.size(), static_cast<std::uint32_t>(state.clock.size())});
    table.words_.insert(table.words_.end(), state.clock.begin(), state.clock.end());
  }

  void raise(TaskState& state, std::size_t task, std::uint32_t count) {
    if (state.clock.size() <= task) state.clock.resize(task + 1);
    if (state.clock[task] >= count) return;
    state.clock[task] = count;
    state.changed = true;
  }
  void require_clock(std::uint16_t whose, std::span<const std::uint32_t> clock) {
    TaskState& state = tasks[whose];
    for (std::size_t i = 0; i < clock.size(); ++i) {
      if (i != whose && clock[i] != 0) raise(state, i, clock[i]);
    }
  }
  // The event, and with it what must come before it, comes before what the task does next.
  void require(std::uint16_t whose, std::uint32_t event) {
    if (event == no_event) return;
    const TableEvent& before = table.events_[event];
    if (before.task == whose) return;
    const TaskState& state = tasks[whose];
    if (before.task < state.clock.size() && state.clock[before.task] > before.position) return;
    raise(tasks[whose], before.task, before.position + 1);
    require_clock(whose, table.row(before.row));
  }
  void require(std::uint32_t event) { require(self, event); }
  void require(std::span<const std::uint32_t> clock) { require_clock(self, clock); }
  void collect(std::vector<std::uint32_t>& into, std::uint32_t event) {
    const TableEvent& given = table.events_[event];
    join(into, table.row(given.row));
    if (into.size() <= given.task) into.resize(given.task + 1u);
    into[given.task] = std::max(into[given.task], given.position + 1);
  }

  TableEvent& add(EventKind kind, std::uint32_t object = 0) {
    settle(self);
    std::vector<std::uint32_t>& mine = table.task_events_[self];
    const auto number = static_cast<std::uint32_t>(table.events_.size());
    const auto now = static_cast<std::uint32_t>(table.steps_);
    if (mine.empty() || table.events_[mine.back()].step != now) mine.push_back(number);
    TableEvent event;
    event.step = now;
    event.position = static_cast<std::uint32_t>(mine.size() - 1);
    event.object = object;
    event.row = me().row;
    event.partner = no_event;
    event.task = self;
    event.kind = kind;
    event.held = step->held;
    event.where = site_of(step->event);
    table.events_.push_back(event);
    return table.events_.back();
  }
  std::uint32_t newest() const { return static_cast<std::uint32_t>(table.events_.size() - 1); }

  // ---- memory -------------------------------------------------------------------------------------------------------
  std::uint32_t cell_at(std::uint64_t granule) {
    std::unique_ptr<Page>& page = pages[granule >> page_bits];
    if (!page) page = std::make_unique<Page>();
    std::uint32_t& place = (*page)[(granule >> 3) % cells_a_page];
    if (place == 0) {
      writers.emplace_back();
      table.cells_.emplace_back();
      place = static_cast<std::uint32_t>(writers.size());
    }
    return place - 1;
  }

  // The cell's writers come before what follows the step.
  void see(std::uint32_t cell, std::uint8_t mask) {
    for (const Writer& writer : writers[cell]) {
      if ((writer.mask & mask) != 0) require(writer.event);
    }
  }
  void touch(std::uint32_t cell, std::uint8_t mask, bool writes, std::uint8_t bits) {
    TableEvent& event = add(writes ? EventKind::write : EventKind::read, cell);
    event.mask = mask;
    event.bits = static_cast<std::uint8_t>(bits | (watched ? 0u : TableEvent::unwatched));
    event.place = static_cast<std::uint32_t>(table.cells_[cell].size());
    table.cells_[cell].push_back(newest());
    if (!writes) return;
    for (Writer& writer : writers[cell]) writer.mask &= static_cast<std::uint8_t>(~mask);
    std::erase_if(writers[cell], [](const Writer& writer) { return writer.mask == 0; });
    writers[cell].push_back({mask, newest()});
  }

  void access(std::uint64_t address, std::uint64_t size, bool reads, bool writes, std::uint8_t bits) {
    const std::uint64_t begin = address & ~std::uint64_t{7}, end = address + size;
    for (std::uint64_t granule = begin; reads && granule < end; granule += 8)
      see(cell_at(granule), mask_of(granule, address, end));
    for (std::uint64_t granule = begin; granule < end; granule += 8)
      touch(cell_at(granule), mask_of(granule, address, end), writes, bits);
  }

  template <class F>
  void for_each_page(std::uint64_t begin, std::uint64_t end, F f) {
    const std::uint64_t first = begin >> page_bits, last = (end - 1) >> page_bits;
    if (last - first < pages.size()) {
      for (std::uint64_t number = first; number <= last; ++number) {
        if (const auto at = pages.find(number); at != pages.end()) f(number, *at->second);
      }
    } else {
      for (auto& [number, page] : pages) {
        if (first <= number && number <= last) f(number, *page);
      }
    }
  }
  template <class F>
  void for_each_cell(std::uint64_t begin, std::uint64_t size, F f) {
    if (size == 0 || size > ~begin) return;
    const std::uint64_t end = begin + size;
    for_each_page(begin, end, [&](std::uint64_t number, Page& page) {
      for (unsigned i = 0; i < cells_a_page; ++i) {
        const std::uint64_t granule = (number << page_bits) + i * 8ull;
        if (page[i] != 0 && granule + 8 > begin && granule < end) f(page[i]);
      }
    });
  }

  void on_alloc(const Event& event) {
    sizes[event.object] = event.value;
    forget(event.object, event.value);
  }
  void on_free(const Event& event) {
    const auto known = sizes.find(event.object);
    const std::uint64_t size = event.value != 0 ? event.value : known != sizes.end() ? known->second : 0;
    const auto kind = static_cast<trace::MemoryKind>(event.arg);
    std::vector<std::uint32_t> touched;
    if (kind == trace::MemoryKind::heap || kind == trace::MemoryKind::mapping) {
      for_each_cell(event.object, size, [&](std::uint32_t place) {
        if (touched.size() < max_freed_cells) touched.push_back(place - 1);
      });
    }
    std::sort(touched.begin(), touched.end());
    for (const std::uint32_t cell : touched) touch(cell, 0xff, true, TableEvent::freed);
    if (touched.empty()) add(EventKind::other);
    forget(event.object, size);
    if (known != sizes.end()) sizes.erase(known);
  }
  // Other objects live here from now on.
  void forget(std::uint64_t begin, std::uint64_t size) {
    for_each_cell(begin, size, [](std::uint32_t& place) { place = 0; });
    if (size == 0 || size > ~begin) return;
    const auto first = objects.lower_bound(key(begin, ObjectKind{})),
               last = objects.lower_bound(key(begin + size, ObjectKind{}));
    for (auto at = first; at != last; ++at)
      if (at->second.lock != UINT32_MAX) table.doubtful_locks_.insert(at->first >> 4);
    objects.erase(first, last);
  }

  // ---- synchronization ------------------------------------------------------------------------------------------------
  static std::uint64_t key(std::uint64_t address, ObjectKind kind) {
    return address << 4 | static_cast<unsigned>(kind);
  }
  Object& object(ObjectKind kind, std::uint64_t address) { return objects[key(address, kind)]; }
  Object& object(ObjectKind kind) { return object(kind, step->event.object); }

  // An operation that changes the object and follows all that did.
  void change(Object& object) {
    require(object.last);
    add(EventKind::other);
    object.last = newest();
  }
  // An operation that depends on all of them and changes nothing.
  void look(const Object& object) {
    require(object.last);
    add(EventKind::other);
  }
  void start_anew(ObjectKind kind) {
    if (object(kind).lock != UINT32_MAX) table.doubtful_locks_.insert(step->event.object);
    objects.erase(key(step->event.object, kind));
    change(object(kind));
  }

  Object& numbered_lock() {
    Object& lock = object(ObjectKind::lock);
    if (lock.lock == UINT32_MAX) {
      lock.lock = static_cast<std::uint32_t>(table.locks_.size());
      table.locks_.emplace_back();
    }
    return lock;
  }
  void on_acquire(const Event& event) {
    Object& lock = numbered_lock();
    require(lock.last);
    TableEvent& taken = add(EventKind::acquire, lock.lock);
    if ((event.flags & LockFlag::shared) != 0) taken.bits |= TableEvent::shared;
    taken.place = static_cast<std::uint32_t>(table.locks_[lock.lock].size());
    table.locks_[lock.lock].push_back(newest());
    lock.holders.push_back(newest());
  }
  void on_release(const Event& event) {
    Object& lock = numbered_lock();  // its first event is a release where a forked child inherited it
    const bool shared = (event.flags & LockFlag::shared) != 0;
    const auto by = [&](bool own) {
      return std::find_if(lock.holders.begin(), lock.holders.end(), [&](std::uint32_t holder) {
        const TableEvent& taken = table.events_[holder];
        return taken.is(TableEvent::shared) == shared && (!own || taken.task == self);
      });
    };
    auto holder = by(true);
    if (holder == lock.holders.end()) holder = by(false);
    const std::uint32_t taken = holder == lock.holders.end() ? no_event : *holder;
    if (taken == no_event) require(lock.last);
    else require(taken);  // given back by another: after it was taken
    if (taken != no_event && table.events_[taken].task != self) table.doubtful_locks_.insert(event.object);
    // A wait on a condition begins here: what signals it may have missed is settled.
    Object* const condition = me().waits_on != 0 ? &object(ObjectKind::condition, me().waits_on) : nullptr;
    if (condition != nullptr) require(condition->last);
    TableEvent& given = add(EventKind::release, lock.lock);
    if (shared) given.bits |= TableEvent::shared;
    given.partner = taken;
    if (taken == no_event) {
      // Held since before the recording: whoever takes it follows.
      lock.last = newest();
    } else {
      table.events_[taken].partner = newest();
      lock.holders.erase(holder);
    }
    if (condition != nullptr) condition->last = newest();
  }

  void on_wait_group_add(const Event& event) {
    Object& group = object(ObjectKind::wait_group);
    const bool adds = static_cast<std::int64_t>(event.value) >= 0;
    if (!adds) require(group.given);
    require(group.passed);
    add(EventKind::other);
    collect(adds ? group.given : group.more, newest());
  }
  void on_wait_group_pass() {
    Object& group = object(ObjectKind::wait_group);
    require(group.given);
    require(group.more);
    add(EventKind::other);
    collect(group.passed, newest());
  }
  void on_give(ObjectKind kind) {
    Object& to = object(kind);
    add(EventKind::other);
    collect(to.given, newest());
  }
  void on_take(ObjectKind kind) {
    require(object(kind).given);
    add(EventKind::other);
  }

  void on_create(const Event& event) {
    add(EventKind::other);
    const std::uint16_t child = task(TaskId{static_cast<std::uint32_t>(event.object)});
    if (child != self) require(child, newest());
  }
  void on_join(const Event& event) {
    const std::uint16_t child = task(TaskId{static_cast<std::uint32_t>(event.object)});
    if (child != self && !table.task_events_[child].empty()) require(table.task_events_[child].back());
    add(EventKind::other);
  }

  void observe();
};

void TraceTable::Build::observe() {
  const Event& event = step->event;
  switch (event.op) {
    case Op::access_range: return access(event.object, event.value, !is_write(event), is_write(event), 0);
    case Op::atomic_load: return access(event.object, event.arg, true, false, TableEvent::atomic);
    case Op::atomic_store: return access(event.object, event.arg, false, true, TableEvent::atomic);
    case Op::atomic_rmw: return access(event.object, event.arg, true, true, TableEvent::atomic | TableEvent::modifies);

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

    case Op::task_create: return on_create(event);
    case Op::task_join: return on_join(event);

    case Op::chan_make: return start_anew(ObjectKind::channel);
    case Op::chan_destroy:
    case Op::chan_send:
    case Op::chan_recv:
    case Op::chan_park:
    case Op::chan_unpark:
    case Op::chan_close:
    case Op::chan_timer_send: return change(object(ObjectKind::channel));
    case Op::chan_done: return look(object(ObjectKind::channel));

    case Op::alloc: return on_alloc(event);
    case Op::free: return on_free(event);
    default: return;  // names, what the library's workers do, and waits: nobody depends on them
  }
}

TraceTable::TraceTable() : TraceTable(Limits{}) {}
TraceTable::TraceTable(const Limits& limits) : limits_(limits), rows_{{0, 0}}, build_(std::make_unique<Build>(*this)) {}
TraceTable::~TraceTable() = default;

void TraceTable::observe(const Step& step, bool watched) {
  TENTER_CHECK(build_ != nullptr, "steps come before finish()");
  if (full_) return;
  const bool ranges = step.event.op == trace::Op::access_range;
  const std::uint64_t events = ranges ? step.event.value / 8 + 2 : max_freed_cells + 2;
  const bool too_large = ranges && step.event.value > ~step.event.object;
  if (too_large || events_.size() + events > limits_.events || words_.size() > limits_.clock_words ||
      task_ids_.size() + 2 > limits_.tasks || steps_ + 1 >= no_event) {
    full_ = true;
    return;
  }
  build_->step = &step;
  build_->watched = watched;
  build_->self = build_->task(step.task);
  const bool first = task_events_[build_->self].empty();
  build_->settle(build_->self);
  if (first) first_rows_[build_->self] = build_->me().row;
  build_->observe();
  ++steps_;
}

void TraceTable::finish() { build_.reset(); }

std::span<const std::uint32_t> TraceTable::others_before(const TableEvent& event) const {
  if (event.position == 0) return row(first_rows_[event.task]);
  return row(events_[task_events_[event.task][event.position - 1]].row);
}

}  // namespace tenter::analysis
