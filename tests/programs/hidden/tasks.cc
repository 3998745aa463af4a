// Order that the rest of the library makes between two tasks.
// pairs: mutex tried_mutex reader_after_writer writer_after_reader once condition broadcast wait_group semaphore
//   tried_semaphore cancelled asked_for_its_error cancelled_child stored_in_a_map erased_from_a_map put_into_a_pool
//   started started_by_a_timer group blocking_call
// libraries: -ltenter
#define HIDDEN_FROM_TASKS
#include "hidden.h"

// A mutex of tasks.
namespace mutex {
tenter::Mutex guard;
int ready;
int total;
// expect: data-race certainty=predicted object=total
void first() {
  const std::lock_guard lock(guard);
  ready = 1;
}
void blind() { const std::lock_guard lock(guard); }
bool seen() {
  const std::lock_guard lock(guard);
  return ready == 1;
}
}  // namespace mutex

// The same, tried.
namespace tried_mutex {
tenter::Mutex guard;
int ready;
int total;
// expect: data-race certainty=predicted object=total
void first() {
  const std::lock_guard lock(guard);
  ready = 1;
}
void blind() { const std::unique_lock lock(guard, std::try_to_lock); }
bool seen() {
  const std::unique_lock lock(guard, std::try_to_lock);
  return lock.owns_lock() && ready == 1;
}
}  // namespace tried_mutex

// A reader after the writer.
namespace reader_after_writer {
tenter::RWMutex guard;
int ready;
int total;
// expect: data-race certainty=predicted object=total
void first() {
  const std::lock_guard lock(guard);
  ready = 1;
}
void blind() { const std::lock_guard lock(guard.shared_locker()); }
bool seen() {
  const std::lock_guard lock(guard.shared_locker());
  return ready == 1;
}
}  // namespace reader_after_writer

// A writer after the reader, who tells of itself by an atomic.
namespace writer_after_reader {
tenter::RWMutex guard;
std::atomic<int> ready{0};
int total;
// expect: data-race certainty=predicted object=total
void first() {
  const std::lock_guard lock(guard.shared_locker());
  ready.store(1, std::memory_order_relaxed);
}
void blind() { const std::lock_guard lock(guard); }
bool seen() {
  const std::lock_guard lock(guard);
  return ready.load(std::memory_order_relaxed) == 1;
}
}  // namespace writer_after_reader

// An initialization that one of them makes.
namespace once {
tenter::Once made;
tenter::Mutex guard;
int ready;
int total;
// expect: data-race certainty=predicted object=total
void first() {
  made.call([] { ready = 1; });
  const std::lock_guard lock(guard);
}
void blind() { const std::lock_guard lock(guard); }
bool seen() {
  made.call([] { ready = 2; });
  const std::lock_guard lock(guard);
  return ready == 1;
}
}  // namespace once

// A condition, and the variable that it is about.
namespace condition {
tenter::Mutex guard;
tenter::Cond changed(guard);
bool ready = false;
int total;
// expect: data-race certainty=predicted object=total
void tell() {
  const std::lock_guard lock(guard);
  ready = true;
  changed.signal();
}
void hear() {
  const std::lock_guard lock(guard);
  while (!ready) changed.wait();
}
}  // namespace condition

// The same told to all.
namespace broadcast {
tenter::Mutex guard;
tenter::Cond changed(guard);
bool ready = false;
int total;
// expect: data-race certainty=predicted object=total
void tell() {
  const std::lock_guard lock(guard);
  ready = true;
  changed.broadcast();
}
void hear() {
  const std::lock_guard lock(guard);
  changed.wait([] { return ready; });
}
}  // namespace broadcast

// A wait group.
namespace wait_group {
tenter::WaitGroup all;
const bool one = (all.add(), true);
int total;
// expect: data-race certainty=predicted object=total
void tell() { all.done(); }
void hear() { all.wait(); }
}  // namespace wait_group

// A semaphore.
namespace semaphore {
tenter::Semaphore done(0);
int total;
// expect: data-race certainty=predicted object=total
void tell() { done.release(); }
void hear() { done.acquire(); }
}  // namespace semaphore

// A semaphore that is not waited for.
namespace tried_semaphore {
tenter::Semaphore done(0);
int total;
// expect: data-race certainty=predicted object=total
void tell() { done.release(); }
void hear() {
  while (!done.try_acquire()) tenter::yield();
}
}  // namespace tried_semaphore

// A context that is cancelled.
namespace cancelled {
auto cancellable = tenter::with_cancel(tenter::background());
int total;
// expect: data-race certainty=predicted object=total
void tell() { cancellable.second(); }
void hear() { (void)cancellable.first.done().recv(); }
}  // namespace cancelled

// A context that is asked again and again.
namespace asked_for_its_error {
auto cancellable = tenter::with_cancel(tenter::background());
int total;
// expect: data-race certainty=predicted object=total
void tell() { cancellable.second(); }
void hear() {
  while (!cancellable.first.err()) tenter::yield();
}
}  // namespace asked_for_its_error

// A context that is cancelled with its parent.
namespace cancelled_child {
auto cancellable = tenter::with_cancel(tenter::background());
auto child = tenter::with_cancel(cancellable.first);
int total;
// expect: data-race certainty=predicted object=total
void tell() { cancellable.second(); }
void hear() { (void)child.first.done().recv(); }
}  // namespace cancelled_child

// A key of a map that is there.
namespace stored_in_a_map {
tenter::SyncMap<int, int> map;
int total;
// expect: data-race certainty=predicted object=total
void tell() { map.store(1, 2); }
void hear() {
  while (!map.load(1)) tenter::yield();
}
}  // namespace stored_in_a_map

// A key of a map that has gone.
namespace erased_from_a_map {
tenter::SyncMap<int, int> map;
const bool filled = (map.store(1, 2), true);
int total;
// expect: data-race certainty=predicted object=total
void tell() { map.erase(1); }
void hear() {
  while (map.load(1)) tenter::yield();
}
}  // namespace erased_from_a_map

// An object that comes back.
namespace put_into_a_pool {
tenter::Pool<int> pool([] { return 0; });
int total;
// expect: data-race certainty=predicted object=total
void tell() { pool.put(1); }
void hear() {
  while (pool.get() == 0) tenter::yield();
}
}  // namespace put_into_a_pool

// A task that is started.
namespace started {
tenter::Chan<int> channel = tenter::make_chan<int>();
int total;
// expect: data-race certainty=predicted object=total
void tell() {
  tenter::go([] { channel.send(1); });
}
void hear() { (void)channel.recv(); }
}  // namespace started

// A function that a timer calls.
namespace started_by_a_timer {
tenter::Chan<int> channel = tenter::make_chan<int>();
int total;
// expect: data-race certainty=predicted object=total
void tell() {
  tenter::after_func(std::chrono::milliseconds(1), [] { channel.send(1); });
}
void hear() { (void)channel.recv(); }
}  // namespace started_by_a_timer

// The tasks of a group.
namespace group {
tenter::Semaphore begun(0), may_end(0);
int total;
// expect: data-race certainty=predicted object=total
void tell() {
  begun.release();
  may_end.acquire();
}
void hear() {
  tenter::TaskGroup group;
  group.go([] { begun.acquire(); });
  group.wait();
  may_end.release();
}
}  // namespace group

// What an ordinary thread does for a task.
namespace blocking_call {
tenter::Semaphore done(0);
int total;
// expect: data-race certainty=predicted object=total
void tell() {
  tenter::blocking([] { done.release(); });
}
void hear() { done.acquire(); }
}  // namespace blocking_call

int main(int count, char** words) {
  return run_pair(count, words,
                  {LOCK(mutex),
                   LOCK(tried_mutex),
                   LOCK(reader_after_writer),
                   LOCK(writer_after_reader),
                   LOCK(once),
                   SIGNAL(condition),
                   SIGNAL(broadcast),
                   SIGNAL(wait_group),
                   SIGNAL(semaphore),
                   SIGNAL(tried_semaphore),
                   SIGNAL(cancelled),
                   SIGNAL(asked_for_its_error),
                   SIGNAL(cancelled_child),
                   SIGNAL(stored_in_a_map),
                   SIGNAL(erased_from_a_map),
                   SIGNAL(put_into_a_pool),
                   SIGNAL(started),
                   SIGNAL(started_by_a_timer),
                   SIGNAL(group),
                   SIGNAL(blocking_call)});
}
