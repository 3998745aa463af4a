#include "read/names.h"

namespace tenter::analysis {

const char* name_of(trace::Op op) {
  switch (op) {
    case trace::Op::none: return "none";
    case trace::Op::set_pc: return "set_pc";
    case trace::Op::enter: return "enter";
    case trace::Op::leave: return "leave";
    case trace::Op::lost: return "lost";
    case trace::Op::name: return "name";
    case trace::Op::access_range: return "access_range";
    case trace::Op::atomic_load: return "atomic_load";
    case trace::Op::atomic_store: return "atomic_store";
    case trace::Op::atomic_rmw: return "atomic_rmw";
    case trace::Op::fence: return "fence";
    case trace::Op::lock_create: return "lock_create";
    case trace::Op::lock_destroy: return "lock_destroy";
    case trace::Op::lock_acquire: return "lock_acquire";
    case trace::Op::lock_release: return "lock_release";
    case trace::Op::lock_look: return "lock_look";
    case trace::Op::cond_signal: return "cond_signal";
    case trace::Op::cond_wake: return "cond_wake";
    case trace::Op::once_begin: return "once_begin";
    case trace::Op::once_end: return "once_end";
    case trace::Op::once_pass: return "once_pass";
    case trace::Op::barrier_create: return "barrier_create";
    case trace::Op::barrier_arrive: return "barrier_arrive";
    case trace::Op::barrier_leave: return "barrier_leave";
    case trace::Op::sem_create: return "sem_create";
    case trace::Op::sem_post: return "sem_post";
    case trace::Op::sem_wait: return "sem_wait";
    case trace::Op::sem_look: return "sem_look";
    case trace::Op::acquire: return "acquire";
    case trace::Op::release: return "release";
    case trace::Op::wg_create: return "wg_create";
    case trace::Op::wg_add: return "wg_add";
    case trace::Op::wg_pass: return "wg_pass";
    case trace::Op::futex_wake: return "futex_wake";
    case trace::Op::task_create: return "task_create";
    case trace::Op::task_start: return "task_start";
    case trace::Op::task_end: return "task_end";
    case trace::Op::task_join: return "task_join";
    case trace::Op::task_detach: return "task_detach";
    case trace::Op::task_resume: return "task_resume";
    case trace::Op::task_suspend: return "task_suspend";
    case trace::Op::task_stack: return "task_stack";
    case trace::Op::alloc: return "alloc";
    case trace::Op::free: return "free";
    case trace::Op::chan_make: return "chan_make";
    case trace::Op::chan_destroy: return "chan_destroy";
    case trace::Op::chan_send: return "chan_send";
    case trace::Op::chan_recv: return "chan_recv";
    case trace::Op::chan_park: return "chan_park";
    case trace::Op::chan_unpark: return "chan_unpark";
    case trace::Op::chan_done: return "chan_done";
    case trace::Op::chan_close: return "chan_close";
    case trace::Op::chan_timer_send: return "chan_timer_send";
    case trace::Op::handle_birth: return "handle_birth";
    case trace::Op::handle_death: return "handle_death";
    case trace::Op::chan_look: return "chan_look";
    case trace::Op::wait_begin: return "wait_begin";
    case trace::Op::wait_end: return "wait_end";
    case trace::Op::select_case: return "select_case";
    case trace::Op::misuse: return "misuse";
  }
  return "unknown";
}

const char* name_of(trace::MemoryOrder order) {
  switch (order) {
    case trace::MemoryOrder::relaxed: return "relaxed";
    case trace::MemoryOrder::consume: return "consume";
    case trace::MemoryOrder::acquire: return "acquire";
    case trace::MemoryOrder::release: return "release";
    case trace::MemoryOrder::acq_rel: return "acq_rel";
    case trace::MemoryOrder::seq_cst: return "seq_cst";
  }
  return "unknown";
}

const char* name_of(trace::LockKind kind) {
  switch (kind) {
    case trace::LockKind::mutex: return "mutex";
    case trace::LockKind::recursive_mutex: return "recursive_mutex";
    case trace::LockKind::rwlock: return "rwlock";
    case trace::LockKind::spin: return "spin";
    case trace::LockKind::task_mutex: return "task_mutex";
    case trace::LockKind::task_rwmutex: return "task_rwmutex";
    case trace::LockKind::errorcheck_mutex: return "errorcheck_mutex";
    case trace::LockKind::rwlock_writers_first: return "rwlock_writers_first";
  }
  return "unknown";
}

const char* name_of(trace::TaskKind kind) {
  switch (kind) {
    case trace::TaskKind::main: return "main";
    case trace::TaskKind::thread: return "thread";
    case trace::TaskKind::task: return "task";
    case trace::TaskKind::worker: return "worker";
  }
  return "unknown";
}

const char* name_of(trace::MemoryKind kind) {
  switch (kind) {
    case trace::MemoryKind::heap: return "heap";
    case trace::MemoryKind::mapping: return "mapping";
    case trace::MemoryKind::stack: return "stack";
    case trace::MemoryKind::thread_local_storage: return "thread_local_storage";
  }
  return "unknown";
}

const char* name_of(trace::NameOf what) {
  switch (what) {
    case trace::NameOf::task: return "task";
    case trace::NameOf::lock: return "lock";
    case trace::NameOf::channel: return "channel";
    case trace::NameOf::object: return "object";
  }
  return "unknown";
}

const char* name_of(trace::WaitKind kind) {
  switch (kind) {
    case trace::WaitKind::lock: return "lock";
    case trace::WaitKind::shared_lock: return "shared_lock";
    case trace::WaitKind::condition: return "condition";
    case trace::WaitKind::barrier: return "barrier";
    case trace::WaitKind::semaphore: return "semaphore";
    case trace::WaitKind::join: return "join";
    case trace::WaitKind::once: return "once";
    case trace::WaitKind::chan_send: return "chan_send";
    case trace::WaitKind::chan_recv: return "chan_recv";
    case trace::WaitKind::select: return "select";
    case trace::WaitKind::wait_group: return "wait_group";
    case trace::WaitKind::sleep: return "sleep";
    case trace::WaitKind::descriptor: return "descriptor";
    case trace::WaitKind::nil_channel_send: return "nil_channel_send";
    case trace::WaitKind::nil_channel_recv: return "nil_channel_recv";
    case trace::WaitKind::futex: return "futex";
    case trace::WaitKind::timed: return "timed";
    case trace::WaitKind::private_futex: return "private-futex";
  }
  return "unknown";
}

const char* name_of(trace::MisuseKind kind) {
  switch (kind) {
    case trace::MisuseKind::send_on_closed_channel: return "send_on_closed_channel";
    case trace::MisuseKind::close_of_closed_channel: return "close_of_closed_channel";
    case trace::MisuseKind::close_of_nil_channel: return "close_of_nil_channel";
    case trace::MisuseKind::negative_wait_group: return "negative_wait_group";
    case trace::MisuseKind::unlock_of_unlocked_mutex: return "unlock_of_unlocked_mutex";
    case trace::MisuseKind::double_lock: return "double_lock";
    case trace::MisuseKind::destroy_of_locked_mutex: return "destroy_of_locked_mutex";
    case trace::MisuseKind::uncaught_exception: return "uncaught_exception";
    case trace::MisuseKind::all_tasks_asleep: return "all_tasks_asleep";
    case trace::MisuseKind::wait_group_misuse: return "wait_group_misuse";
  }
  return "unknown";
}

}  // namespace tenter::analysis
