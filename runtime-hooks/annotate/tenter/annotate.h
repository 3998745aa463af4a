// Tells a recorder what a program means: tasks, locks, channels, and orders that no compiler callback
// can show. Every function is a weak C symbol. Where no recorder is linked, its address is null and a call
// through TENTER_ANNOTATE costs one test of a constant; nothing else happens.
//
//   TENTER_ANNOTATE(tenter_release(&queue));      // what this thread did so far ...
//   push(queue, item);
//   // in another thread
//   item = pop(queue);
//   TENTER_ANNOTATE(tenter_acquire(&queue));      // ... happened before what follows here
//
// All functions may be called from any thread and never fail, block or throw. Objects are identified by address for as
// long as they live.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The recorder itself defines it as nothing: its definitions are strong.
#ifndef TENTER_WEAK
#define TENTER_WEAK __attribute__((weak))
#endif

// ---- order -----------------------------------------------------------------------------------------
// What the caller did before tenter_release(object) happens before what follows any later tenter_acquire(object).
TENTER_WEAK void tenter_acquire(const void* object);
TENTER_WEAK void tenter_release(const void* object);
// Plain accesses of this task are not recorded between begin and end; synchronization still is. Nests.
TENTER_WEAK void tenter_ignore_begin(void);
TENTER_WEAK void tenter_ignore_end(void);
// The library allocates or gives back memory of its own, which it orders by locks that nobody is told of. A recorder to which
// that is no access need not have the two: call them only if their addresses are not null.
TENTER_WEAK void tenter_library_memory_begin(void);
TENTER_WEAK void tenter_library_memory_end(void);
// Names an object in reports (what: 0 task, 1 lock, 2 channel, 3 other). The text is copied, at most 56 bytes.
TENTER_WEAK void tenter_name(const void* object, int what, const char* text, size_t length);

// ---- calls into code without callbacks ----------------------------------------------------------------
// The running task is in one more call, which was made at `call_site` (a return address in the program's own code),
// until tenter_leave() with what this returned: stacks recorded meanwhile end at the caller's line. Between the two the
// task may be suspended and go on elsewhere; the frame is the task's. Leaving also drops calls above that were never left.
//
//   __attribute__((noinline)) void Queue::push(...) {
//     const Call call(__builtin_return_address(0));   // an object whose destructor leaves, so that a throw does too
TENTER_WEAK size_t tenter_enter(const void* call_site);
TENTER_WEAK void tenter_leave(size_t entered);  // 0: nothing was entered

// ---- tasks --------------------------------------------------------------------------------------------
// Called by the creator; the handle goes to the calls below. Kind: 0 the main task, 2 any other.
TENTER_WEAK void* tenter_task_create(int kind, const char* name, size_t name_length);
// Called on the OS thread that is about to run another stack: `task` is the one to run, null the thread's own.
// The caller must be uninstrumented, and the real switch must follow at once.
TENTER_WEAK void tenter_task_switch(void* task);
TENTER_WEAK void tenter_task_start(void* task);    // first thing on the new task's stack
TENTER_WEAK void tenter_task_end(void* task);      // last thing on it; the handle stays valid until destroy
TENTER_WEAK void tenter_task_destroy(void* task);  // by any thread, after it was switched away from
// The calling OS thread is the library's own worker: reports leave it out.
TENTER_WEAK void tenter_thread_is_worker(void);
// The handle of whoever is running: the current task, or the plain thread's own. Null: not recording.
TENTER_WEAK void* tenter_current(void);
// The range begins a new life, as another task's stack: what was accessed there before has nothing to do with what
// follows. A recorder need not have it: call it only if its address is not null.
TENTER_WEAK void tenter_fresh_memory(const void* begin, size_t size);

// ---- locks ----------------------------------------------------------------------------------------------
// kind: 4 task mutex, 5 task rwmutex (trace::LockKind). flags: 1 shared, 2 attempt that need not succeed.
TENTER_WEAK void tenter_lock_create(const void* lock, int kind);
TENTER_WEAK void tenter_lock_destroy(const void* lock);
TENTER_WEAK void tenter_lock_acquired(const void* lock, int kind, int flags);   // after it was obtained
TENTER_WEAK void tenter_lock_releasing(const void* lock, int kind, int flags);  // before it is given up
TENTER_WEAK void tenter_lock_refused(const void* lock, int kind, int flags);    // an attempt failed: 0, or 1 shared

// ---- other objects --------------------------------------------------------------------------------------
TENTER_WEAK void tenter_cond_signal(const void* cond, int broadcast,
                                    void* woken_task);  // one call per woken task, null for none
TENTER_WEAK void tenter_cond_woken(const void* cond);
TENTER_WEAK void tenter_once_begin(const void* once);
TENTER_WEAK void tenter_once_end(const void* once);
TENTER_WEAK void tenter_once_pass(const void* once);
TENTER_WEAK void tenter_wait_group_create(const void* group);
TENTER_WEAK void tenter_wait_group_add(const void* group, int64_t delta);  // before the counter changes
TENTER_WEAK void tenter_wait_group_pass(const void* group);                // before wait() returns
TENTER_WEAK void tenter_sem_create(const void* semaphore, int64_t count);
TENTER_WEAK void tenter_sem_post(const void* semaphore, int64_t count);     // before they can be obtained
TENTER_WEAK void tenter_sem_wait(const void* semaphore, int64_t count);     // after they were obtained
TENTER_WEAK void tenter_sem_refused(const void* semaphore, int64_t count);  // after an attempt that obtained none

// ---- channels: all but tenter_chan_done are called while the channel's internal lock is held -------------
// flags: 1 this is a send (in park, unpark, done), 2 answered by close, 4 a case of a select, 8 a try (in send, recv).
// partner: the handle of the parked task whose operation this one completes; null when the buffer serves.
TENTER_WEAK void tenter_chan_make(const void* chan, uint64_t capacity);
TENTER_WEAK void tenter_chan_destroy(const void* chan);
TENTER_WEAK void tenter_chan_send(const void* chan, int flags, void* partner);
TENTER_WEAK void tenter_chan_recv(const void* chan, int flags, void* partner);
TENTER_WEAK void tenter_chan_park(const void* chan, int flags);
TENTER_WEAK void tenter_chan_unpark(const void* chan, int flags);
TENTER_WEAK void tenter_chan_done(const void* chan, int flags);
TENTER_WEAK void tenter_chan_close(const void* chan);
TENTER_WEAK void tenter_chan_timer_send(const void* chan, void* partner);
// The task saw what is in the channel and changed nothing: a try or a select that could not go ahead, a question for the length.
TENTER_WEAK void tenter_chan_look(const void* chan);

// ---- handles of channels: who could still send, receive or close ------------------------------------------
// A variable at `handle` through which `chan` can be used begins to exist, or ends. flags: 1 it can send and close, 2 it can
// receive; 4 (birth) it is a copy of another, 8 it takes over from another, or (death) gives up to another.
// Three sums have meanings of their own: 1 + 4 + 8 is no variable, but what sends without any task, such as signals, which come
// from outside of the program; 1 + 2 + 4 + 8 (birth) is what can cancel a context, of which `chan` is the done(). And with
// 2 + 4 + 8 (birth) nothing begins: the task, which has just begun to wait, holds the cancel function `handle` itself.
// These order nothing in the program.
// A recorder that has none of the two need not hear of them: ask tenter_hears_of_handles(). Call tenter_task_stack only if
// its address is not null.
TENTER_WEAK void tenter_handle_birth(const void* chan, const void* handle, int flags);
TENTER_WEAK void tenter_handle_death(const void* chan, const void* handle, int flags);
// The memory that tenter_fresh_memory(begin, ...) has told of is the stack of this task, closure included.
TENTER_WEAK void tenter_task_stack(void* task, const void* begin);

// ---- blocking --------------------------------------------------------------------------------------------
// The current task is about to wait (trace::WaitKind), and waits no more. Calls do not nest; a task that never
// gets to wait_end is reported as left behind.
TENTER_WEAK void tenter_wait_begin(int kind, const void* object);
// Once per case: after wait_begin(9), and where a select goes ahead at once, before what it does. Null for the channel: it has a
// case for when no other is ready. flags: 1 it sends, 4 always, 2 time alone makes it ready, unless a timer is stopped. handle: the
// case's own, as in tenter_handle_birth(), where it ends with the select whichever case is taken, else null.
TENTER_WEAK void tenter_select_case(const void* chan, int flags, const void* handle);
TENTER_WEAK void tenter_wait_end(void);

// ---- misuse, noticed by the library itself (trace::MisuseKind) ----------------------------------------------
// Of an uncaught exception `object` is any address, whose name, and those of the bytes after it, say what the exception was.
TENTER_WEAK void tenter_misuse(int kind, const void* object);
// Called before the process is ended by the library: all that is buffered goes to the file. Status as of exit().
TENTER_WEAK void tenter_flush(void);

#ifdef __cplusplus
}
#endif

// True when a recorder is linked into this process.
static inline int tenter_recording(void) {
#ifdef TENTER_OFF
  return 0;
#else
  return tenter_current != 0;
#endif
}

// True when it wants to be told of handles.
static inline int tenter_hears_of_handles(void) {
#ifdef TENTER_OFF
  return 0;
#else
  return tenter_handle_birth != 0;
#endif
}

// One annotation, or nothing where no recorder is linked. TENTER_OFF removes it at compile time.
#define TENTER_ANNOTATE(call)         \
  do {                                \
    if (tenter_recording()) { call; } \
  } while (0)
