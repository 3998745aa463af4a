// Each rule names its source:
//   C++     ISO C++20 [intro.races], [atomics.order], [atomics.fences]
//   POSIX   IEEE Std 1003.1-2017, Base Definitions 4.12 (memory synchronization)
//   Go      The Go Memory Model (June 2022)
//
// Invariants. A task's own count grows at every release of the task, and only then: what it did before is in the
// epoch that the release published, what it does later is not. Where a rule takes the clock of a parked task, that
// task's count has grown since. An object's clock never holds more than what its next acquirer is entitled to,
// except where the comment at the rule says so: then two events look ordered that may not be, which can
// hide a race and cannot invent one.
#include "happens_before/happens_before.h"

#include <algorithm>
#include <array>
#include <vector>

#include "happens_before/sync_objects.h"

namespace tenter::analysis {
namespace {

using trace::ChanFlag;
using trace::LockFlag;
using trace::MemoryOrder;
using trace::Op;

bool acquires(MemoryOrder order) {   // consume counts as acquire, as every compiler has it
  return order == MemoryOrder::acquire || order == MemoryOrder::consume || order == MemoryOrder::acq_rel ||
         order == MemoryOrder::seq_cst;
}
bool releases(MemoryOrder order) {
  return order == MemoryOrder::release || order == MemoryOrder::acq_rel || order == MemoryOrder::seq_cst;
}
MemoryOrder order_of(const Event& event) { return static_cast<MemoryOrder>(event.flags); }
TaskId task_of(std::uint64_t id) { return static_cast<TaskId>(id); }

// What few tasks ever need.
struct Seldom {
  VectorClock acquired_later;   // what its relaxed loads could have acquired, for the next acquire fence
  VectorClock release_fence;    // its clock at the last release fence
  VectorClock parked;           // its clock when it queued on a channel
  VectorClock from_partner;     // what the task that completed its parked channel operation gave it
  VectorClock from_signal;      // what the tasks that woke it from a condition gave it
  std::uint64_t signalled_on = 0;
};

struct Task {
  VectorClock clock;
  trace::TaskKind kind = trace::TaskKind::thread;
  std::unique_ptr<Seldom> seldom;
};

constexpr std::size_t tasks_a_page = 256;

}  // namespace

struct HappensBefore::Impl {
  explicit Impl(Edges which) : edges(which) {}

  Edges edges;
  std::vector<std::unique_ptr<std::array<Task, tasks_a_page>>> tasks;
  SyncObjects objects;
  VectorClock fences;           // of the sequentially consistent fences

  Task& task(TaskId id) {
    const std::size_t page = index(id) / tasks_a_page;
    if (page >= tasks.size()) tasks.resize(page + 1);
    if (!tasks[page]) tasks[page] = std::make_unique<std::array<Task, tasks_a_page>>();
    Task& found = (*tasks[page])[index(id) % tasks_a_page];
    if (found.clock.empty()) found.clock = VectorClock(id);
    return found;
  }
  Seldom& seldom(Task& task) {
    if (!task.seldom) task.seldom = std::make_unique<Seldom>();
    return *task.seldom;
  }

  // ---- atomics ----------------------------------------------------------------------------------------------
  // SyncObject::released is what an acquire that reads the atomic's present value synchronizes with: the join of the
  // clocks at the heads of the release sequences that the value belongs to.
  void load_part(Task& self, SyncObject& atomic, bool acquire) {
    // C++ [atomics.order]/2: an acquire that reads from a release sequence synchronizes with its head.
    // [atomics.fences]/4: a relaxed load does so on behalf of a later acquire fence.
    const auto take = [&](const VectorClock& released) {
      if (released.empty()) return;
      if (acquire) {
        self.clock.join(released);
      } else {
        seldom(self).acquired_later.join(released);
      }
    };
    take(atomic.released);
    // Of accesses of mixed sizes C++ says nothing; we let a load read from all stores that overlap it.
    if (atomic.mixed) {
      objects.for_each_overlapping_atomic(atomic, [&](const SyncObject& other) { take(other.released); });
    }
  }

  void store_part(Task& self, SyncObject& atomic, bool release, bool read_modify_write) {
    static const VectorClock nothing;
    // C++ [intro.races]/5: a release sequence is its head and the read-modify-writes that follow; any plain store, of
    // whichever task, ends it. [atomics.fences]/2,3: a store after a release fence heads a sequence for the fence.
    const VectorClock& publishes = release ? self.clock : self.seldom ? self.seldom->release_fence : nothing;
    if (read_modify_write) {
      atomic.released.join(publishes);
    } else {
      atomic.released = publishes;
    }
    if (atomic.mixed && !publishes.empty()) {
      objects.for_each_overlapping_atomic(atomic, [&](SyncObject& other) { other.released.join(publishes); });
    }
  }

  void on_atomic(Task& self, const Event& event) {
    const bool reads = event.op != Op::atomic_store;
    const bool writes = event.op != Op::atomic_load;
    const bool acquire = reads && acquires(order_of(event)) && !(writes && edges == Edges::without_locks);
    const bool release = writes && releases(order_of(event));
    const bool two_halves = event.arg > 8;
    const SyncKind kind = event.arg >= 8   ? SyncKind::atomic8
                          : event.arg >= 4 ? SyncKind::atomic4
                          : event.arg >= 2 ? SyncKind::atomic2
                                           : SyncKind::atomic1;
    SyncObject* halves[2] = {&objects.get(kind, event.object),
                             two_halves ? &objects.get(kind, event.object + 8) : nullptr};
    for (SyncObject* half : halves) {
      if (half != nullptr && reads) load_part(self, *half, acquire);
    }
    for (SyncObject* half : halves) {
      if (half != nullptr && writes) store_part(self, *half, release, reads);
    }
    if (release) self.clock.tick();
  }

  void on_fence(Task& self, MemoryOrder order) {
    if (acquires(order) && self.seldom) {
      self.clock.join(self.seldom->acquired_later);   // C++ [atomics.fences]/4
      self.seldom->acquired_later.clear();
    }
    if (order == MemoryOrder::seq_cst) {
      // C++ [atomics.order]/4 orders these fences totally without calling it happens-before. Programs that rely on that order
      // (Dekker's, hazard pointers) would be reported without cause, so we let it count.
      self.clock.join(fences);
      fences = self.clock;
    }
    if (releases(order)) {
      seldom(self).release_fence = self.clock;
      self.clock.tick();
    }
  }

  // ---- locks --------------------------------------------------------------------------------------------------
  void on_acquire(Task& self, TaskId id, const Event& event) {
    // POSIX; C++ [thread.mutex.requirements.mutex]/25; Go, "Locks": unlock n happens before lock m, n < m. Of a
    // reader-writer lock a reader follows the last writer only; a writer follows all.
    SyncObject& lock = objects.get(SyncKind::lock, event.object);
    self.clock.join(lock.released);
    if ((event.flags & LockFlag::shared) != 0) return;
    self.clock.join(lock.readers_released);
    lock.holder = id;
  }
  void on_release(Task& self, TaskId id, const Event& event) {
    SyncObject& lock = objects.get(SyncKind::lock, event.object);
    if ((event.flags & LockFlag::shared) != 0) {
      lock.readers_released.join(self.clock);
    } else if (lock.holder == id) {
      lock.released = self.clock;   // includes what was there: it took the lock
      lock.readers_released.clear();
    } else {
      // Somebody else's lock: a mutex of Go's manner, used as a baton. Earlier unlocks still come before later locks.
      lock.released.join(lock.readers_released);
      lock.released.join(self.clock);
      lock.readers_released.clear();
    }
    self.clock.tick();
  }

  // ---- objects that collect releases ------------------------------------------------------------------------------
  void collect(Task& self, SyncKind kind, std::uint64_t address) {
    objects.get(kind, address).released.join(self.clock);
    self.clock.tick();
  }
  void take(Task& self, SyncKind kind, std::uint64_t address) {
    if (const SyncObject* object = objects.find(kind, address)) self.clock.join(object->released);
  }

  void on_once_end(Task& self, const Event& event) {
    // C++ [thread.once.callonce]/4, [stmt.dcl]/3; POSIX pthread_once; Go, "Once".
    objects.get(SyncKind::once, event.object).released = self.clock;
    // The inlined fast path of a static local's guard is an acquire load of the guard's first byte.
    objects.get(SyncKind::atomic1, event.object).released.join(self.clock);
    self.clock.tick();
  }

  void on_signal(Task& self, const Event& event) {
    if (edges == Edges::without_locks) objects.get(SyncKind::condition, event.object).released.join(self.clock);
    // Go, sync.Cond: a signal comes before the wait that it ends. Known only where the library names the woken task. POSIX
    // and C++ promise nothing of the kind: there the mutex alone orders.
    if (event.value != 0) {
      Seldom& woken = seldom(task(task_of(event.value)));
      if (woken.signalled_on != event.object) woken.from_signal.clear();
      woken.signalled_on = event.object;
      woken.from_signal.join(self.clock);
    }
    self.clock.tick();
  }
  void on_wake(Task& self, const Event& event) {
    if (edges == Edges::without_locks) take(self, SyncKind::condition, event.object);
    if (self.seldom && self.seldom->signalled_on == event.object) {
      self.clock.join(self.seldom->from_signal);
      self.seldom->from_signal.clear();
      self.seldom->signalled_on = 0;
    }
  }

  // ---- barriers: all arrivals of a generation come before all its departures (POSIX; C++ [thread.barrier]) -----------
  Barrier& barrier(std::uint64_t address) {
    SyncObject& object = objects.get(SyncKind::barrier, address);
    if (!object.barrier) object.barrier = std::make_unique<Barrier>();
    return *object.barrier;
  }
  void on_arrive(Task& self, TaskId id, const Event& event) {
    Barrier& at = barrier(event.object);
    at.arrivals.join(self.clock);
    self.clock.tick();
    if (at.width == 0) return;   // created before the recording: every departure follows all arrivals so far
    at.inside.emplace_back(id, at.number);
    if (++at.arrived < at.width) return;
    at.complete.push_back({at.number, at.width, std::move(at.arrivals)});
    at.arrivals = VectorClock();
    at.arrived = 0;
    ++at.number;
  }
  void on_leave(Task& self, TaskId id, const Event& event) {
    Barrier& at = barrier(event.object);
    const auto mine = std::find_if(at.inside.begin(), at.inside.end(), [id](const auto& who) { return who.first == id; });
    if (mine == at.inside.end()) {
      self.clock.join(at.arrivals);
      return;
    }
    const auto generation = std::find_if(at.complete.begin(), at.complete.end(),
                                         [&](const Barrier::Generation& g) { return g.number == mine->second; });
    at.inside.erase(mine);
    if (generation == at.complete.end()) return;   // it left without the others: cancelled
    self.clock.join(generation->arrivals);
    if (--generation->still_inside == 0) at.complete.erase(generation);
  }

  // ---- channels (Go, "Channel communication") ----------------------------------------------------------------------------
  // Unbuffered: a send and its receive happen before each other's completion. Capacity C: send k before receive k,
  // receive k before send k+C; slot k mod C holds the clock of whoever used it last. We take an operation as one event, so a
  // slot also carries receive k to receive k+C, as the slot itself does.
  Channel& channel(std::uint64_t address) {
    SyncObject& object = objects.get(SyncKind::channel, address);
    if (!object.channel) object.channel = std::make_unique<Channel>();
    return *object.channel;
  }
  VectorClock& slot(Channel& channel, std::uint64_t number) {
    // Of a channel made before the recording the capacity is unknown: all operations share one slot and are ordered.
    // (on_transfer() orders those with a partner both ways.)
    const std::uint64_t place = channel.made ? number % channel.capacity : 0;
    if (place >= channel.slots.size()) channel.slots.resize(place + 1);
    return channel.slots[place];
  }
  // What a task did before it queued on the channel on which a partner has now found it.
  VectorClock parked_clock(TaskId id) {
    Task& parked = task(id);
    if (parked.seldom && !parked.seldom->parked.empty()) return parked.seldom->parked;
    VectorClock now = parked.clock;   // the park was lost
    parked.clock.tick();
    return now;
  }

  // A send without a partner fills slot `sends`; a receive without a partner empties slot `receives`. A parked receiver waits
  // for slot `receives`, which is empty; a parked sender gets the slot that the receiver has just emptied.
  void on_transfer(Task& self, const Event& event) {
    if (event.op == Op::chan_recv && (event.flags & ChanFlag::closed) != 0) {
      self.clock.join(channel(event.object).close);   // a close comes before a receive that returns because of it
      return;
    }
    Channel& through = channel(event.object);
    const TaskId partner = task_of(event.value);
    if (through.made && through.capacity == 0) {
      if (partner != no_task) {
        self.clock.join(parked_clock(partner));
        seldom(task(partner)).from_partner = self.clock;
        self.clock.tick();
      }
      return;
    }
    std::uint64_t number = 0;
    if (event.op == Op::chan_send) {
      number = through.sends++;
      if (partner != no_task) ++through.receives;
    } else {
      number = through.receives++;
      if (partner != no_task) ++through.sends;
    }
    VectorClock& place = slot(through, number);
    self.clock.join(place);
    if (!through.made && partner != no_task) self.clock.join(parked_clock(partner));
    place = self.clock;
    if (partner != no_task) {
      seldom(task(partner)).from_partner = self.clock;
      place.join(parked_clock(partner));
    }
    self.clock.tick();
  }
  void on_timer_send(const Event& event) {
    Channel& through = channel(event.object);
    if (!through.made || through.capacity == 0) return;
    const TaskId partner = task_of(event.value);
    VectorClock& place = slot(through, through.sends++);
    place.clear();   // a timer has no past to hand on
    if (partner != no_task) {
      ++through.receives;
      place = parked_clock(partner);
    }
  }
  void on_park(Task& self) {
    seldom(self).parked = self.clock;
    self.clock.tick();
  }
  void on_done(Task& self, const Event& event) {
    if ((event.flags & ChanFlag::closed) == 0) {
      if (self.seldom) self.clock.join(self.seldom->from_partner);
    } else if ((event.flags & ChanFlag::send) == 0) {
      self.clock.join(channel(event.object).close);   // a sender woken by close throws, and nothing orders it
    }
    if (self.seldom) {
      self.seldom->from_partner.clear();
      self.seldom->parked.clear();
    }
  }

  // ---- tasks (C++ [thread.thread.constr]/6, [thread.thread.member]/4; POSIX; Go, "Goroutine creation", "destruction") -----
  void on_create(Task& self, const Event& event) {
    Task& child = task(task_of(event.object));
    child.kind = static_cast<trace::TaskKind>(event.arg);
    if (&child == &self) return;
    child.clock.join(self.clock);
    self.clock.tick();
  }
  void on_end(Task& self) {
    // Nobody can join a task of the library, so nobody will ask for its clock again.
    if (self.kind == trace::TaskKind::task) self.clock = VectorClock(self.clock.owner(), self.clock.of(self.clock.owner()));
    self.seldom.reset();
  }
  void on_join(Task& self, const Event& event) {
    Task& child = task(task_of(event.object));
    if (&child == &self) return;
    self.clock.join(child.clock);
    child.clock.tick();
  }

  void on_memory(const Event& event) { objects.erase_range(event.object, event.value); }

  void observe(const Step& step);
};

void HappensBefore::Impl::observe(const Step& step) {
  const Event& event = step.event;
  Task& self = task(step.task);
  switch (event.op) {
    case Op::atomic_load:
    case Op::atomic_store:
    case Op::atomic_rmw: return on_atomic(self, event);
    case Op::fence: return on_fence(self, order_of(event));

    case Op::lock_create:
    case Op::lock_destroy: return objects.erase(SyncKind::lock, event.object);
    case Op::lock_acquire:
      if (edges == Edges::all && (event.flags & LockFlag::again) == 0) on_acquire(self, step.task, event);
      return;
    case Op::lock_release:
      if (edges == Edges::all && (event.flags & LockFlag::again) == 0) on_release(self, step.task, event);
      return;

    case Op::cond_signal: return on_signal(self, event);
    case Op::cond_wake: return on_wake(self, event);
    case Op::once_begin:   // an attempt that failed comes before the next (C++ [thread.once.callonce]/4)
    case Op::once_pass: return take(self, SyncKind::once, event.object);
    case Op::once_end: return on_once_end(self, event);
    case Op::barrier_create:
      objects.erase(SyncKind::barrier, event.object);
      barrier(event.object).width = event.value;
      return;
    case Op::barrier_arrive: return on_arrive(self, step.task, event);
    case Op::barrier_leave: return on_leave(self, step.task, event);
    // POSIX; C++ [thread.sema.cnt]: a post comes before the wait that takes it. Which one that was is not recorded,
    // so a wait follows every post so far.
    case Op::sem_create: return objects.erase(SyncKind::semaphore, event.object);
    case Op::sem_post: return collect(self, SyncKind::semaphore, event.object);
    case Op::sem_wait: return take(self, SyncKind::semaphore, event.object);
    case Op::release: return collect(self, SyncKind::annotation, event.object);
    case Op::acquire: return take(self, SyncKind::annotation, event.object);
    // Go, sync.WaitGroup: done comes before the return of the wait that it ends; adds of any sign are collected.
    case Op::wg_create: return objects.erase(SyncKind::wait_group, event.object);
    case Op::wg_add: return collect(self, SyncKind::wait_group, event.object);
    case Op::wg_pass: return take(self, SyncKind::wait_group, event.object);

    case Op::task_create: return on_create(self, event);
    case Op::task_end: return on_end(self);
    case Op::task_join: return on_join(self, event);

    case Op::alloc:
    case Op::free: return on_memory(event);

    case Op::chan_make: {
      objects.erase(SyncKind::channel, event.object);
      Channel& made = channel(event.object);
      made.made = true;
      made.capacity = event.value;
      return;
    }
    case Op::chan_destroy: return objects.erase(SyncKind::channel, event.object);
    case Op::chan_send:
    case Op::chan_recv: return on_transfer(self, event);
    case Op::chan_park: return on_park(self);
    case Op::chan_done: return on_done(self, event);
    case Op::chan_close:
      channel(event.object).close = self.clock;
      self.clock.tick();
      return;
    case Op::chan_timer_send: return on_timer_send(event);

    default: return;   // start, detach, resume, suspend, unpark: no order in any of the three models
  }
}

HappensBefore::HappensBefore(Edges edges) : impl_(std::make_unique<Impl>(edges)) {}
HappensBefore::~HappensBefore() = default;
void HappensBefore::synchronize(const Step& step) {
  stepping_ = step.task;
  stepping_count_ = clock(step.task).of(step.task);
  impl_->observe(step);
}
const VectorClock& HappensBefore::clock(TaskId task) const { return impl_->task(task).clock; }
Epoch HappensBefore::epoch(TaskId task) const {
  if (task == stepping_) return {task, stepping_count_};
  return {task, impl_->task(task).clock.of(task)};
}
bool HappensBefore::ordered(Epoch before, TaskId task) const {
  return before.task == task || impl_->task(task).clock.contains(before);
}

}  // namespace tenter::analysis
