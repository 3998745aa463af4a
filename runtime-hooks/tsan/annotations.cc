// <tenter/annotate.h> where the genuine ThreadSanitizer detects: each annotation is told to it and to the recorder, which
// writes everything down but plain accesses. By the rules of analyzer/happens_before/, so that both see the same order.
#include "record/text_buffer.h"
#include "trace/event.h"
#include "tsan/channels.h"
#include "tsan/recorded.h"
#include "tsan/stacks.h"
#include "tsan/who.h"

namespace record = tenter::record;
using namespace tenter::detector;  // NOLINT(google-build-using-namespace): every function here is half its own

#define TENTER_ANNOTATION(name, result, parameters)                                                               \
  extern "C" __attribute__((visibility("default"))) result annotation_##name parameters __asm__("tenter_" #name); \
  result annotation_##name parameters

namespace {

// Under each object's address ThreadSanitizer keeps one synchronization object, and as many more under the addresses
// after it. Several for one object, and what the program says of that address itself, have to be kept apart: the smallest
// objects are locks, of 4 bytes.
enum class Part { itself, locked, read_locked, annotated };  // a hold is told at one of the first two (held_locks.h)

void* part(const void* object, Part which) {
  return const_cast<char*>(static_cast<const char*>(object)) + static_cast<int>(which);
}
// Whoever is ordered after another task hears then of the locks that it gave back.
void hear_of_others() {
  if (given_away.load(std::memory_order_acquire) == 0) { return; }
  if (Who* const self = running()) { drop_given_away(*self); }
}
void come_after(const void* object, Part which) {
  __tsan_acquire(part(object, which));
  hear_of_others();
}
void add_now(const void* object, Part which) { __tsan_release(part(object, which)); }
void store_now(const void* object, Part which) {
  __tsan_java_release_store(reinterpret_cast<std::uintptr_t>(part(object, which)));
}
// Another object begins at this address. (Freed memory forgets by itself.)
void forget(const void* object, Part which) {
  const Unseen unseen;  // a destruction counts as a write
  __tsan_mutex_destroy(part(object, which), 0);
}

void forget_lock(const void* lock) {
  if (Who* const self = running()) {
    forget_held(*self, place_of_hold(lock, false));
    forget_held(*self, place_of_hold(lock, true));
  }
  for (const Part which : {Part::itself, Part::locked, Part::read_locked}) { forget(lock, which); }
}

void* recorded_of(void* handle) { return handle == nullptr ? nullptr : static_cast<Who*>(handle)->recorded; }
Who* who(void* handle) { return static_cast<Who*>(handle); }

constexpr int is_shared = tenter::trace::LockFlag::shared;
constexpr int is_send = tenter::trace::ChanFlag::send;
constexpr int is_closed = tenter::trace::ChanFlag::closed;

}  // namespace

// ---- order --------------------------------------------------------------------------------------------------------

TENTER_ANNOTATION(acquire, void, (const void* object)) {
  come_after(object, Part::annotated);
  recorded_acquire(object);
}
TENTER_ANNOTATION(release, void, (const void* object)) {
  add_now(object, Part::annotated);
  recorded_release(object);
}
TENTER_ANNOTATION(ignore_begin, void, ()) { Unseen::begin(); }
TENTER_ANNOTATION(ignore_end, void, ()) { Unseen::end(); }
TENTER_ANNOTATION(library_memory_begin, void, ()) { Unseen::begin(); }
TENTER_ANNOTATION(library_memory_end, void, ()) { Unseen::end(); }
TENTER_ANNOTATION(name, void, (const void* object, int what, const char* text, std::size_t length)) {
  if (static_cast<tenter::trace::NameOf>(what) != tenter::trace::NameOf::task) {
    return recorded_name(object, what, text, length);
  }
  Who* const task = who(const_cast<void*>(object));
  if (task == nullptr) { return; }
  recorded_name(task->recorded, what, text, length);
  name_task(task, text, length);
}

// ---- calls --------------------------------------------------------------------------------------------------------

// ThreadSanitizer has a call stack of each task itself, and it must be left as it was entered.
TENTER_ANNOTATION(enter, std::size_t, (const void* call_site)) {
  running();
  __tsan_func_entry(const_cast<void*>(call_site));
  return recorded_enter(call_site) * 2 + 1;
}
TENTER_ANNOTATION(leave, void, (std::size_t entered)) {
  recorded_leave(entered / 2);
  __tsan_func_exit();
}

// ---- tasks --------------------------------------------------------------------------------------------------------

TENTER_ANNOTATION(task_create, void*, (int kind, const char* name, std::size_t length)) {
  return make_task(kind, name, length, TENTER_CALLER_PC());
}
TENTER_ANNOTATION(task_switch, void, (void* task)) { switch_to(who(task)); }
TENTER_ANNOTATION(task_start, void, (void* task)) { recorded_task_start(recorded_of(task)); }
TENTER_ANNOTATION(task_end, void, (void* task)) { recorded_task_end(recorded_of(task)); }
TENTER_ANNOTATION(task_destroy, void, (void* task)) {
  if (task != nullptr) { end_task(who(task)); }
}
TENTER_ANNOTATION(task_stack, void, (void* task, const void* begin)) {
  stack_given_to(begin, record::id_of(who(task)->recorded));
  recorded_task_stack(recorded_of(task), begin);
}
TENTER_ANNOTATION(thread_is_worker, void, ()) {
  running();
  recorded_thread_is_worker();
}
TENTER_ANNOTATION(current, void*, ()) { return running(); }
TENTER_ANNOTATION(fresh_memory, void, (const void* begin, std::size_t size)) {
  running();
  stack_renewed(begin, size);
  recorded_fresh_memory(begin, size);
}

// ---- locks --------------------------------------------------------------------------------------------------------

// Their order is not told by ThreadSanitizer's interface for mutexes: to it an unlock by another task is an error, and the
// 65th lock that is held at a time is its own end.
TENTER_ANNOTATION(lock_create, void, (const void* lock, int kind)) {
  forget_lock(lock);
  recorded_lock_create(lock, kind);
}
TENTER_ANNOTATION(lock_destroy, void, (const void* lock)) {
  forget_lock(lock);
  recorded_lock_destroy(lock);
}
TENTER_ANNOTATION(lock_acquired, void, (const void* lock, int kind, int flags)) {
  come_after(lock, Part::locked);
  if ((flags & is_shared) == 0) { come_after(lock, Part::read_locked); }
  recorded_lock_acquired(lock, kind, flags);
  if (Who* const self = running()) { told_as_held(*self, place_of_hold(lock, (flags & is_shared) != 0)); }
}
TENTER_ANNOTATION(lock_releasing, void, (const void* lock, int kind, int flags)) {
  recorded_lock_releasing(lock, kind, flags);
  if (Who* const self = running()) { held_no_more(*self, place_of_hold(lock, (flags & is_shared) != 0)); }
  add_now(lock, (flags & is_shared) != 0 ? Part::read_locked : Part::locked);
}

// ---- other objects ------------------------------------------------------------------------------------------------

TENTER_ANNOTATION(cond_signal, void, (const void* cond, int broadcast, void* woken)) {
  recorded_cond_signal(cond, broadcast, recorded_of(woken));
  if (woken == nullptr) { return; }
  Who& waiter = *who(woken);
  if (waiter.signalled_on == cond) {
    waiter.by_signal.add_now();
  } else {
    waiter.by_signal.store_now();
  }
  waiter.signalled_on = cond;
}
TENTER_ANNOTATION(cond_woken, void, (const void* cond)) {
  if (Who* const self = running(); self != nullptr && self->signalled_on == cond) {
    self->by_signal.come_after();
    self->signalled_on = nullptr;
  }
  recorded_cond_woken(cond);
}
TENTER_ANNOTATION(once_begin, void, (const void* once)) {
  come_after(once, Part::itself);
  recorded_once_begin(once);
}
TENTER_ANNOTATION(once_end, void, (const void* once)) {
  recorded_once_end(once);
  store_now(once, Part::itself);
}
TENTER_ANNOTATION(once_pass, void, (const void* once)) {
  come_after(once, Part::itself);
  recorded_once_pass(once);
}
TENTER_ANNOTATION(wait_group_create, void, (const void* group)) {
  running();
  forget(group, Part::itself);
  recorded_wait_group_create(group);
}
TENTER_ANNOTATION(wait_group_add, void, (const void* group, std::int64_t delta)) {
  recorded_wait_group_add(group, delta);
  add_now(group, Part::itself);
}
TENTER_ANNOTATION(wait_group_pass, void, (const void* group)) {
  come_after(group, Part::itself);
  recorded_wait_group_pass(group);
}
TENTER_ANNOTATION(sem_create, void, (const void* semaphore, std::int64_t count)) {
  running();
  forget(semaphore, Part::itself);
  recorded_sem_create(semaphore, count);
}
TENTER_ANNOTATION(sem_post, void, (const void* semaphore, std::int64_t count)) {
  recorded_sem_post(semaphore, count);
  add_now(semaphore, Part::itself);
}
TENTER_ANNOTATION(sem_wait, void, (const void* semaphore, std::int64_t count)) {
  come_after(semaphore, Part::itself);
  recorded_sem_wait(semaphore, count);
}

// ---- channels -----------------------------------------------------------------------------------------------------

TENTER_ANNOTATION(chan_make, void, (const void* chan, std::uint64_t capacity)) {
  running();
  channel_made(chan, capacity);
  recorded_chan_make(chan, capacity);
}
TENTER_ANNOTATION(chan_destroy, void, (const void* chan)) {
  channel_destroyed(chan);
  recorded_chan_destroy(chan);
}
TENTER_ANNOTATION(chan_send, void, (const void* chan, int flags, void* partner)) {
  channel_sent(chan, who(partner));
  hear_of_others();
  recorded_chan_send(chan, flags, recorded_of(partner));
}
TENTER_ANNOTATION(chan_recv, void, (const void* chan, int flags, void* partner)) {
  channel_received(chan, who(partner), (flags & is_closed) != 0);
  hear_of_others();
  recorded_chan_recv(chan, flags, recorded_of(partner));
}
TENTER_ANNOTATION(chan_park, void, (const void* chan, int flags)) {
  if (Who* const self = running()) { queued_on_channel(*self); }
  recorded_chan_park(chan, flags);
}
TENTER_ANNOTATION(chan_unpark, void, (const void* chan, int flags)) {
  if (Who* const self = running()) { queues_no_more(*self); }
  recorded_chan_unpark(chan, flags);
}
TENTER_ANNOTATION(chan_done, void, (const void* chan, int flags)) {
  if (Who* const self = running()) { done_on_channel(chan, *self, (flags & is_send) != 0, (flags & is_closed) != 0); }
  hear_of_others();
  recorded_chan_done(chan, flags);
}
TENTER_ANNOTATION(chan_close, void, (const void* chan)) {
  channel_closed(chan);
  recorded_chan_close(chan);
}
TENTER_ANNOTATION(chan_timer_send, void, (const void* chan, void* partner)) {
  channel_sent_by_timer(chan, who(partner));
  recorded_chan_timer_send(chan, recorded_of(partner));
}
TENTER_ANNOTATION(handle_birth, void, (const void* chan, const void* handle, int flags)) {
  running();
  recorded_handle_birth(chan, handle, flags);
}
TENTER_ANNOTATION(handle_death, void, (const void* chan, const void* handle, int flags)) {
  running();
  recorded_handle_death(chan, handle, flags);
}
