// What a hook may do: say what happened. Everything here is safe in any state of the process (before main, in a
// signal handler, in a forked child, after the thread's end): it records, or counts a loss, or does nothing.
// No function locks, allocates, throws or changes errno. Every one does nothing while the recorder is off.
//
// `pc` is always the return address of the hook (TENTER_CALLER_PC()), in the code that did it.
#pragma once
#include <cstddef>
#include <cstdint>

#include "trace/event.h"

#define TENTER_CALLER_PC() reinterpret_cast<std::uintptr_t>(__builtin_return_address(0))
// A place in the frame of the function that called the hook: the same distance from it in every hook.
#define TENTER_CALLER_FRAME() reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0))
#define TENTER_HOOK extern "C" __attribute__((visibility("default")))

namespace tenter::record {

using Pc = std::uintptr_t;
struct Task;  // the recorder's state of one task or thread (record/task.h)
class ShadowStack;

// ---- is anybody listening ------------------------------------------------------------------------
// True if this thread may record now: recorder on, thread known (attached on first use), and not inside the recorder.
bool active();

// True in a signal handler that interrupted the recorder on this thread.
bool interrupted();

// While one lives, the hooks that this thread runs into do nothing (a hook's own malloc, memcpy, locks). Nests.
class Quiet {
 public:
  Quiet();
  ~Quiet();
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;
};

// ---- where the thread stands -----------------------------------------------------------------------
void enter(Pc call_site, std::uintptr_t stack_pointer);  // __tsan_func_entry
void leave();                                            // __tsan_func_exit
// A signal handler is about to run: it interrupted `interrupted`, whose stack pointer was `interrupted_stack`, and runs
// at `stack_pointer`, perhaps on a stack of its own. The result goes to handler_leave().
std::size_t handler_enter(Pc interrupted, std::uintptr_t interrupted_stack, std::uintptr_t stack_pointer);
void handler_leave(std::size_t entered);
void jumps_to(std::uintptr_t stack_pointer);  // longjmp: to a function whose stack pointer is this
bool swap_calls(
    ShadowStack& other);  // this thread goes on in another stack, with the calls that `other` holds, if it can

// ---- memory ------------------------------------------------------------------------------------------
void access(const void* address, unsigned size_log2, bool write, Pc pc);  // 1, 2, 4, 8 bytes
void access_range(const void* address, std::size_t size, std::uint8_t access_flags, Pc pc);
// alloc after the allocator returned, free before the allocator gets it back. size 0 in free: as allocated, and `reach`,
// where it is not 0, is how many bytes that was at most.
void alloc(const void* address, std::size_t size, trace::MemoryKind kind, Pc pc);
void free(const void* address, std::size_t size, trace::MemoryKind kind, Pc pc, std::size_t reach = 0);

// ---- synchronization ------------------------------------------------------------------------------------
// One ordered event (trace::is_ordered) on `object`; it ends this task's epoch where the op is a release.
void sync(trace::Op op, std::uint8_t flags, std::uint8_t arg, const void* object, Pc pc);
void sync(trace::Op op, std::uint8_t flags, std::uint8_t arg, const void* object, std::uint64_t value, Pc pc);
// The task saw the object's state and left it as it was (lock_look, sem_look, chan_look). A loop that tries until it
// succeeds writes one event for as long as nothing else happens.
void look(trace::Op op, std::uint8_t flags, std::uint8_t arg, const void* object, std::uint64_t value, Pc pc);

// An atomic operation: the stripe of `object` is held while `perform` runs, so that counts follow the modification
// order. perform: () -> result. record: (result) -> {op, order}. Where the stripe cannot be had (a signal handler that
// interrupted this very section) the operation is performed and a loss is counted. In record/atomic.h.

// ---- blocking -----------------------------------------------------------------------------------------------
// `holder`: where libc keeps the kernel's number of the thread that has the lock, if anywhere; valid until wait_end().
void wait_begin(trace::WaitKind kind, const void* object, Pc pc, const int* holder = nullptr);
void wait_end();
// Once per case, after wait_begin(select) or before the operation of a select that need not wait. `handle`: that ends with it, or null.
void select_case(const void* channel, std::uint8_t flags, const void* handle);
void misuse(trace::MisuseKind kind, const void* object, Pc pc);
void name(trace::NameOf what, std::uint64_t id_or_address, const char* text, std::size_t length);

// ---- tasks and threads ---------------------------------------------------------------------------------------
// By the creator, before the thread exists. The result goes to the new thread. Null while off.
Task* thread_create(trace::TaskKind kind, Pc pc);
// By the creator, after libc was asked for the thread.
void thread_created(bool success);
// First thing on the new thread: binds it; records the memory of its stack and TLS. Where that is not told, libc is asked.
void thread_start(Task* self, std::uintptr_t stack = 0, std::size_t stack_bytes = 0);
// Libc will make a thread of which nobody tells. Those that begin from now on come after all that was before, also
// before what such a thread may be waiting for, which somebody does now.
void thread_asked_for(Pc pc);
void thread_may_begin(Pc pc);
void thread_end();                              // last thing of this thread: seals its chunk, gives its window back
void thread_join(std::uint32_t joined, Pc pc);  // after the join returned
void thread_detach(std::uint32_t detached, Pc pc);
std::uint32_t id_of(const Task* task);  // 0 for null
Task* current_task();                   // null while off

// ---- tasks of a scheduler in the program: see annotate/tenter/annotate.h ---------------------------------------
Task* task_create(trace::TaskKind kind, const char* name, std::size_t name_length, Pc pc);  // null while off
void task_switch(Task* task);                                                               // null: the thread's own
void task_start(Task* task);
void task_end(Task* task);
void task_destroy(Task* task);
void thread_is_worker();
void ignore_begin();  // plain accesses of the running task; nests
void ignore_end();
void fiber_switch(Task* fiber);   // ThreadSanitizer's fibers start where they are first switched to ...
void fiber_destroy(Task* fiber);  // ... and end where they are destroyed, by another
void quiet_begin();               // a Quiet that ends in another function
void quiet_end();

// ---- the process -----------------------------------------------------------------------------------------------
void start();                          // idempotent; __tsan_init calls it
void start_if_asked_for();             // not in a program that was only loaded together with the recorder
void refuse(const char* why);          // nothing will be recorded: says so, and the recorder's own path behind it
void note_instrumented(Pc in_module);  // the module that contains this address has callbacks
bool in_instrumented_module(Pc pc);    // was the module that contains pc noted? No lock, a few comparisons
void modules_changed();                // after dlopen, dlclose: writes the module map again when it differs
void flush();                          // seals every byte of this thread
void stop(const char* why);            // for good: what all later events depend on cannot be kept
void finish(int status);               // clean end of the process: seals all threads, writes the end mark
void before_exec();                    // this thread's bytes are on disk; an end mark if it is the only thread
void after_failed_exec();              // takes the end mark back
void forked_child();                   // in the child: a recording of its own

}  // namespace tenter::record
