// What programs say themselves with <tenter/annotate.h>. One line each: the recorder knows what it means. The interfaces of
// other tools are in tool_annotations.cc.
#include <cstddef>
#include <cstdint>

#include "record/fast_path.h"
#include "record/record.h"
#include "record/text_buffer.h"
#define TENTER_WEAK
#define TENTER_OFF  // here its own question is not asked
#include "tenter/annotate.h"
#include "trace/event.h"

namespace record = tenter::record;
using tenter::trace::MisuseKind;
using tenter::trace::NameOf;
using tenter::trace::Op;
using tenter::trace::TaskKind;
using tenter::trace::WaitKind;

#define TENTER_ANNOTATION extern "C" __attribute__((visibility("default")))

namespace {

std::uint8_t byte(int value) { return static_cast<std::uint8_t>(value); }
record::Task* as_task(void* handle) { return static_cast<record::Task*>(handle); }
std::uint64_t id_of(void* handle) { return record::id_of(as_task(handle)); }

// An event of an object, written on behalf of whoever called the annotation.
void tell(Op op, int flags, const void* object, record::Pc pc) { record::sync(op, byte(flags), 0, object, pc); }
void tell(Op op, int flags, const void* object, std::uint64_t value, record::Pc pc) {
  record::sync(op, byte(flags), 0, object, value, pc);
}

}  // namespace

// ---- order -----------------------------------------------------------------------------------------------------

TENTER_ANNOTATION void tenter_acquire(const void* object) { tell(Op::acquire, 0, object, TENTER_CALLER_PC()); }
TENTER_ANNOTATION void tenter_release(const void* object) { tell(Op::release, 0, object, TENTER_CALLER_PC()); }
TENTER_ANNOTATION void tenter_ignore_begin() { record::ignore_begin(); }
TENTER_ANNOTATION void tenter_ignore_end() { record::ignore_end(); }
TENTER_ANNOTATION void tenter_name(const void* object, int what, const char* text, size_t length) {
  const auto kind = static_cast<NameOf>(what);
  // A task is named by its handle, and known by its id.
  const std::uint64_t id = kind == NameOf::task ? record::id_of(static_cast<const record::Task*>(object))
                                                : reinterpret_cast<std::uintptr_t>(object);
  record::name(kind, id, text, length);
}

// ---- calls --------------------------------------------------------------------------------------------------------

TENTER_ANNOTATION size_t tenter_enter(const void* call_site) {
  return record::enter_call(reinterpret_cast<std::uintptr_t>(call_site), TENTER_CALLER_FRAME(), TENTER_CALLER_PC());
}
TENTER_ANNOTATION void tenter_leave(size_t entered) { record::leave_call(entered); }

// ---- tasks --------------------------------------------------------------------------------------------------------

TENTER_ANNOTATION void* tenter_task_create(int kind, const char* name, size_t name_length) {
  return record::task_create(static_cast<TaskKind>(kind), name, name_length, TENTER_CALLER_PC());
}
TENTER_ANNOTATION void tenter_task_switch(void* task) { record::task_switch(as_task(task)); }
TENTER_ANNOTATION void tenter_task_start(void* task) { record::task_start(as_task(task)); }
TENTER_ANNOTATION void tenter_task_end(void* task) { record::task_end(as_task(task)); }
TENTER_ANNOTATION void tenter_task_destroy(void* task) { record::task_destroy(as_task(task)); }
TENTER_ANNOTATION void tenter_thread_is_worker() { record::thread_is_worker(); }
TENTER_ANNOTATION void* tenter_current() { return record::current_task(); }
TENTER_ANNOTATION void tenter_fresh_memory(const void* begin, size_t size) {
  record::alloc(begin, size, tenter::trace::MemoryKind::stack, TENTER_CALLER_PC());
}

// ---- locks ----------------------------------------------------------------------------------------------------------

TENTER_ANNOTATION void tenter_lock_create(const void* lock, int kind) {
  record::sync(Op::lock_create, 0, byte(kind), lock, TENTER_CALLER_PC());
}
TENTER_ANNOTATION void tenter_lock_destroy(const void* lock) { tell(Op::lock_destroy, 0, lock, TENTER_CALLER_PC()); }
TENTER_ANNOTATION void tenter_lock_acquired(const void* lock, int kind, int flags) {
  record::sync(Op::lock_acquire, byte(flags), byte(kind), lock, TENTER_CALLER_PC());
}
TENTER_ANNOTATION void tenter_lock_releasing(const void* lock, int kind, int flags) {
  record::sync(Op::lock_release, byte(flags), byte(kind), lock, TENTER_CALLER_PC());
}
TENTER_ANNOTATION void tenter_lock_refused(const void* lock, int kind, int flags) {
  record::look(Op::lock_look, byte(flags), byte(kind), lock, 0, TENTER_CALLER_PC());
}

// ---- other objects --------------------------------------------------------------------------------------------------

TENTER_ANNOTATION void tenter_cond_signal(const void* cond, int broadcast, void* woken_task) {
  tell(Op::cond_signal, broadcast != 0 ? 1 : 0, cond, id_of(woken_task), TENTER_CALLER_PC());
}
TENTER_ANNOTATION void tenter_cond_woken(const void* cond) { tell(Op::cond_wake, 0, cond, TENTER_CALLER_PC()); }
TENTER_ANNOTATION void tenter_once_begin(const void* once) { tell(Op::once_begin, 0, once, TENTER_CALLER_PC()); }
TENTER_ANNOTATION void tenter_once_end(const void* once) { tell(Op::once_end, 0, once, TENTER_CALLER_PC()); }
TENTER_ANNOTATION void tenter_once_pass(const void* once) { tell(Op::once_pass, 0, once, TENTER_CALLER_PC()); }
TENTER_ANNOTATION void tenter_wait_group_create(const void* group) {
  tell(Op::wg_create, 0, group, TENTER_CALLER_PC());
}
TENTER_ANNOTATION void tenter_wait_group_add(const void* group, int64_t delta) {
  tell(Op::wg_add, 0, group, static_cast<std::uint64_t>(delta), TENTER_CALLER_PC());
}
TENTER_ANNOTATION void tenter_wait_group_pass(const void* group) { tell(Op::wg_pass, 0, group, TENTER_CALLER_PC()); }
TENTER_ANNOTATION void tenter_sem_create(const void* semaphore, int64_t count) {
  tell(Op::sem_create, 0, semaphore, static_cast<std::uint64_t>(count), TENTER_CALLER_PC());
}
TENTER_ANNOTATION void tenter_sem_post(const void* semaphore, int64_t count) {
  tell(Op::sem_post, 0, semaphore, static_cast<std::uint64_t>(count), TENTER_CALLER_PC());
}
TENTER_ANNOTATION void tenter_sem_wait(const void* semaphore, int64_t count) {
  tell(Op::sem_wait, 0, semaphore, static_cast<std::uint64_t>(count), TENTER_CALLER_PC());
}
TENTER_ANNOTATION void tenter_sem_refused(const void* semaphore, int64_t count) {
  record::look(Op::sem_look, 0, 0, semaphore, static_cast<std::uint64_t>(count), TENTER_CALLER_PC());
}

// ---- channels ---------------------------------------------------------------------------------------------------------

TENTER_ANNOTATION void tenter_chan_make(const void* chan, uint64_t capacity) {
  tell(Op::chan_make, 0, chan, capacity, TENTER_CALLER_PC());
}
TENTER_ANNOTATION void tenter_chan_destroy(const void* chan) { tell(Op::chan_destroy, 0, chan, TENTER_CALLER_PC()); }
TENTER_ANNOTATION void tenter_chan_send(const void* chan, int flags, void* partner) {
  tell(Op::chan_send, flags, chan, id_of(partner), TENTER_CALLER_PC());
}
TENTER_ANNOTATION void tenter_chan_recv(const void* chan, int flags, void* partner) {
  tell(Op::chan_recv, flags, chan, id_of(partner), TENTER_CALLER_PC());
}
TENTER_ANNOTATION void tenter_chan_park(const void* chan, int flags) {
  tell(Op::chan_park, flags, chan, TENTER_CALLER_PC());
}
TENTER_ANNOTATION void tenter_chan_unpark(const void* chan, int flags) {
  tell(Op::chan_unpark, flags, chan, TENTER_CALLER_PC());
}
TENTER_ANNOTATION void tenter_chan_done(const void* chan, int flags) {
  tell(Op::chan_done, flags, chan, TENTER_CALLER_PC());
}
TENTER_ANNOTATION void tenter_chan_close(const void* chan) { tell(Op::chan_close, 0, chan, TENTER_CALLER_PC()); }
TENTER_ANNOTATION void tenter_chan_timer_send(const void* chan, void* partner) {
  tell(Op::chan_timer_send, 0, chan, id_of(partner), TENTER_CALLER_PC());
}
TENTER_ANNOTATION void tenter_chan_look(const void* chan) {
  record::look(Op::chan_look, 0, 0, chan, 0, TENTER_CALLER_PC());
}

TENTER_ANNOTATION void tenter_handle_birth(const void* chan, const void* handle, int flags) {
  tell(Op::handle_birth, flags, chan, reinterpret_cast<std::uintptr_t>(handle), TENTER_CALLER_PC());
}
TENTER_ANNOTATION void tenter_handle_death(const void* chan, const void* handle, int flags) {
  tell(Op::handle_death, flags, chan, reinterpret_cast<std::uintptr_t>(handle), TENTER_CALLER_PC());
}
TENTER_ANNOTATION void tenter_task_stack(void* task, const void* begin) {
  tell(Op::task_stack, 0, begin, id_of(task), TENTER_CALLER_PC());
}

// ---- blocking, misuse ---------------------------------------------------------------------------------------------------

TENTER_ANNOTATION void tenter_wait_begin(int kind, const void* object) {
  record::wait_begin(static_cast<WaitKind>(kind), object, TENTER_CALLER_PC());
}
TENTER_ANNOTATION void tenter_select_case(const void* chan, int flags, const void* handle) {
  record::select_case(chan, byte(flags), handle);
}
TENTER_ANNOTATION void tenter_wait_end() { record::wait_end(); }
TENTER_ANNOTATION void tenter_misuse(int kind, const void* object) {
  record::misuse(static_cast<MisuseKind>(kind), object, TENTER_CALLER_PC());
}
TENTER_ANNOTATION void tenter_flush() { record::flush(); }
