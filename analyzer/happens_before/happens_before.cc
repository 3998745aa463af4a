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

#include "happens_before/atomic_rules.h"
#include "happens_before/channel_rules.h"
#include "happens_before/memory_orders.h"
#include "happens_before/sync_objects.h"
#include "happens_before/task_clocks.h"

namespace tenter::analysis {
namespace {

using trace::LockFlag;
using trace::Op;

TaskId task_of(std::uint64_t id) { return static_cast<TaskId>(id); }

}  // namespace

struct HappensBefore::Impl {
  explicit Impl(Edges which) : edges(which) {}

  Edges edges;
  TaskClocks clocks;
  SyncObjects objects;
  AtomicRules atomics{objects, edges == Edges::all};
  ChannelRules channels{clocks, objects};

  Task& task(TaskId id) { return clocks.task(id); }

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
      lock.released = self.clock;  // includes what was there: it took the lock
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
    self.clock.tick();
  }

  void on_signal(Task& self, const Event& event) {
    if (edges == Edges::without_locks) objects.get(SyncKind::condition, event.object).released.join(self.clock);
    // Go, sync.Cond: a signal comes before the wait that it ends. Known only where the library names the woken task. POSIX
    // and C++ promise nothing of the kind: there the mutex alone orders.
    if (event.value != 0) {
      Seldom& woken = TaskClocks::seldom(task(task_of(event.value)));
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
    if (at.width == 0) return;  // created before the recording: every departure follows all arrivals so far
    at.inside.emplace_back(id, at.number);
    if (++at.arrived < at.width) return;
    at.complete.push_back({at.number, at.width, std::move(at.arrivals)});
    at.arrivals = VectorClock();
    at.arrived = 0;
    ++at.number;
  }
  void on_leave(Task& self, TaskId id, const Event& event) {
    Barrier& at = barrier(event.object);
    const auto mine =
        std::find_if(at.inside.begin(), at.inside.end(), [id](const auto& who) { return who.first == id; });
    if (mine == at.inside.end()) {
      self.clock.join(at.arrivals);
      return;
    }
    const auto generation = std::find_if(at.complete.begin(), at.complete.end(),
                                         [&](const Barrier::Generation& g) { return g.number == mine->second; });
    at.inside.erase(mine);
    if (generation == at.complete.end()) return;  // it left without the others: cancelled
    self.clock.join(generation->arrivals);
    if (--generation->still_inside == 0) at.complete.erase(generation);
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
    if (self.kind == trace::TaskKind::task)
      self.clock = VectorClock(self.clock.owner(), self.clock.of(self.clock.owner()));
    self.seldom.reset();
  }
  void on_join(Task& self, const Event& event) {
    Task& child = task(task_of(event.object));
    if (&child == &self) return;
    self.clock.join(child.clock);
    child.clock.tick();
  }

  void on_memory(const Event& event) { objects.erase_range(event.object, event.value); }

  void observe(Task& self, const Step& step);
};

void HappensBefore::Impl::observe(Task& self, const Step& step) {
  const Event& event = step.event;
  switch (event.op) {
    case Op::fence: return atomics.fence(self, order_of(event));

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
    case Op::once_begin:  // an attempt that failed comes before the next (C++ [thread.once.callonce]/4)
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

    case Op::chan_make: return channels.make(event);
    case Op::chan_destroy: return objects.erase(SyncKind::channel, event.object);
    case Op::chan_send:
    case Op::chan_recv: return channels.transfer(self, event);
    case Op::chan_park: return channels.park(self);
    case Op::chan_done: return channels.done(self, event);
    case Op::chan_close: return channels.close(self, event);
    case Op::chan_timer_send: return channels.timer_send(event);

    default: return;  // start, detach, resume, suspend, unpark: no order in any of the three models
  }
}

HappensBefore::HappensBefore(Edges edges) : impl_(std::make_unique<Impl>(edges)) {}
HappensBefore::~HappensBefore() = default;
void HappensBefore::synchronize(const Step& step) {
  stepping_ = step.task;
  Task& self = impl_->task(step.task);
  stepping_count_ = self.clock.of(step.task);
  if (is_atomic(step.event)) return impl_->atomics.operation(self, step.event);
  impl_->observe(self, step);
}
const VectorClock& HappensBefore::clock(TaskId task) const { return impl_->task(task).clock; }
bool HappensBefore::ordered(Epoch before, TaskId task) const {
  return before.task == task || impl_->task(task).clock.contains(before);
}

}  // namespace tenter::analysis
