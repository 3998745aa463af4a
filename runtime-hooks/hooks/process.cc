// How a process ends, and how it becomes two: the recording is sealed, flushed, or begun anew.
//
// A death by signal needs nothing here: what the threads have written is in the file's windows already.
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdarg>
#include <new>

#include "hooks/exit_handlers.h"
#include "hooks/interpose.h"
#include "hooks/mutex_events.h"
#include "hooks/thread_table.h"

extern "C" {
extern void* __dso_handle __attribute__((visibility("hidden")));  // this library, to libc
}

namespace tenter::hooks {

using record::Pc;

TENTER_NEXT(int, on_exit, (void (*)(int, void*), void*))
TENTER_NEXT(int, __register_atfork, (void (*)(), void (*)(), void (*)(), void*))

namespace {

// A child of vfork: it will exec or exit at once, and leaves no trace of its own.
std::atomic<bool> silent_child{false};  // set before there is a second thread in the child

void finish(int status) {
  if (!silent_child.load(std::memory_order_relaxed)) { record::finish(status); }
}

// ---- exit ----------------------------------------------------------------------------------------------

// Handlers run in the reverse order of their registration. Ours are registered before the program's own, so that
// what its handlers and static destructors do is still in the recording.
std::atomic<int> quick_exit_status{0};  // written and read by the thread that ends the process

#ifdef TENTER_STATIC
// A static libc runs the program's destructor functions behind all handlers, in the order of their priorities backwards.
std::atomic<int> exit_status{0};  // written and read by the thread that ends the process
void at_exit(int status, void*) { exit_status.store(status, std::memory_order_relaxed); }
__attribute__((destructor(101))) void after_destructor_functions() {
  finish(exit_status.load(std::memory_order_relaxed));
}
#else
void at_exit(int status, void*) { finish(status); }
#endif
void at_quick_exit_handler() { finish(quick_exit_status.load(std::memory_order_relaxed)); }

// ---- fork ----------------------------------------------------------------------------------------------

// From the last handler before the fork to the first one after it this thread records nothing, so that the child never
// writes into its parent's file.
struct QuietStorage {
  alignas(record::Quiet) std::byte bytes[sizeof(record::Quiet)];
  void begin() { new (bytes) record::Quiet; }
  void end() { std::launder(reinterpret_cast<record::Quiet*>(bytes))->~Quiet(); }
};
__attribute__((tls_model("initial-exec"))) thread_local QuietStorage quiet_in_fork;
__attribute__((tls_model("initial-exec"))) thread_local bool child_is_silent = false;

void before_fork() {
  quiet_in_fork.begin();
  hold_thread_table();
}

void after_fork() {
  release_thread_table();
  quiet_in_fork.end();
}

void after_fork_in_child() {
  forget_own_thread_id();
  empty_thread_table();
  release_thread_table();
  if (child_is_silent) {
    silent_child.store(true, std::memory_order_relaxed);
    return;  // quiet for good
  }
  record::forked_child();
  quiet_in_fork.end();
}

__attribute__((constructor(103))) void register_handlers() {
  REAL(on_exit)(at_exit, nullptr);
  at_quick_exit(at_quick_exit_handler);
  REAL(__register_atfork)(before_fork, after_fork, after_fork_in_child, &__dso_handle);
}

// `exec` is the real call; it comes back only where it failed.
template <class Exec>
int record_exec(Exec exec) {
  if (!record::active()) { return exec(); }
  record::before_exec();
  const int result = exec();
  const KeepErrno keep_errno;
  record::after_failed_exec();
  return result;
}

}  // namespace

TENTER_NEXT(pid_t, fork, ())
TENTER_NEXT(void, _exit, (int))

// What came before pthread_atfork, which is a part of each program and library and calls this, happened before what its
// functions do.
namespace {
// How many of them: without any there is nothing to tell. Relaxed: whoever forks and finds none was not told of any.
constinit std::atomic<std::uint64_t> fork_functions{0};

pid_t fork_after_registrations(Pc pc) {
  if (fork_functions.load(std::memory_order_relaxed) != 0 && record::active()) {
    record::sync(trace::Op::acquire, 0, 0, &fork_functions, pc);
  }
  return REAL(fork)();
}
}  // namespace

TENTER_INTERPOSE_KNOWN(int, __register_atfork,
                       (void (*before)(), void (*in_parent)(), void (*in_child)(), void* library)) {
  if (record::active()) {
    record::sync(trace::Op::release, 0, 0, &fork_functions, TENTER_CALLER_PC());
    fork_functions.fetch_add(1, std::memory_order_relaxed);
  }
  return REAL(__register_atfork)(before, in_parent, in_child, library);
}

TENTER_INTERPOSE_KNOWN(pid_t, fork, ()) { return fork_after_registrations(TENTER_CALLER_PC()); }

// _Fork runs no handlers, so it is their order by hand.
TENTER_INTERPOSE(pid_t, _Fork, ()) {
  before_fork();
  const pid_t child = REAL(_Fork)();
  if (child == 0) {
    after_fork_in_child();
  } else {
    after_fork();
  }
  return child;
}

// The child of a vfork runs on its parent's stack, and in its memory: it would write into the recorder of a
// process that stands still. POSIX lets vfork be fork.
TENTER_HOOK pid_t hook_vfork() __asm__("vfork");
pid_t hook_vfork() {
  child_is_silent = true;
  const pid_t child = fork_after_registrations(TENTER_CALLER_PC());
  if (child != 0) { child_is_silent = false; }
  return child;
}

// libc's own calls functions of its own to fork and to exit, which nobody stands before: the parent would leave a
// recording without an end.
TENTER_HOOK int hook_daemon(int keep_directory, int keep_descriptors) __asm__("daemon");
int hook_daemon(int keep_directory, int keep_descriptors) {
  const pid_t child = fork_after_registrations(TENTER_CALLER_PC());
  if (child < 0) { return -1; }
  if (child > 0) {
    finish(0);
    REAL(_exit)(0);
  }
  if (setsid() < 0) { return -1; }
  if (keep_directory == 0 && chdir("/") < 0) { return -1; }
  if (keep_descriptors == 0) {
    const int nothing = open("/dev/null", O_RDWR);
    if (nothing < 0) { return -1; }
    for (int fd = 0; fd <= 2; ++fd) { dup2(nothing, fd); }
    if (nothing > 2) { close(nothing); }
  }
  return 0;
}

// ---- the end -------------------------------------------------------------------------------------------

TENTER_INTERPOSE_KNOWN(void, _exit, (int status)) {
  finish(status);
  REAL(_exit)(status);
}

TENTER_INTERPOSE(void, _Exit, (int status)) {
  finish(status);
  REAL(_Exit)(status);
}

TENTER_INTERPOSE(void, quick_exit, (int status)) {
  before_quick_exit(TENTER_CALLER_PC());
  quick_exit_status.store(status, std::memory_order_relaxed);
  REAL(quick_exit)(status);
}

TENTER_INTERPOSE(void, abort, ()) {
  if (!silent_child.load(std::memory_order_relaxed)) { record::flush(); }
  REAL(abort)();
}

// ---- exec ----------------------------------------------------------------------------------------------

using Strings = char* const*;

TENTER_INTERPOSE(int, execve, (const char* path, Strings arguments, Strings environment)) {
  return record_exec([&] { return REAL(execve)(path, arguments, environment); });
}

TENTER_INTERPOSE(int, execv, (const char* path, Strings arguments)) {
  return record_exec([&] { return REAL(execv)(path, arguments); });
}

TENTER_INTERPOSE(int, execvp, (const char* file, Strings arguments)) {
  return record_exec([&] { return REAL(execvp)(file, arguments); });
}

TENTER_INTERPOSE(int, execvpe, (const char* file, Strings arguments, Strings environment)) {
  return record_exec([&] { return REAL(execvpe)(file, arguments, environment); });
}

TENTER_INTERPOSE(int, fexecve, (int fd, Strings arguments, Strings environment)) {
  return record_exec([&] { return REAL(fexecve)(fd, arguments, environment); });
}

TENTER_INTERPOSE(int, execveat, (int directory, const char* path, Strings arguments, Strings environment, int flags)) {
  return record_exec([&] { return REAL(execveat)(directory, path, arguments, environment, flags); });
}

namespace {

std::size_t count_arguments(std::va_list rest) {
  std::size_t count = 0;
  while (va_arg(rest, char*) != nullptr) { ++count; }
  return count;
}

}  // namespace

// Makes `argv` and, after the null, leaves `rest` at what follows it. A macro: the memory is the caller's frame.
#define TENTER_COLLECT_ARGUMENTS(first, rest, argv)                                 \
  std::va_list counted;                                                             \
  va_start(counted, first);                                                         \
  const std::size_t count = first == nullptr ? 0 : 1 + count_arguments(counted);    \
  va_end(counted);                                                                  \
  auto** argv = static_cast<char**>(__builtin_alloca((count + 1) * sizeof(char*))); \
  argv[0] = const_cast<char*>(first);                                               \
  std::va_list rest;                                                                \
  va_start(rest, first);                                                            \
  for (std::size_t i = 1; i <= count; ++i) { argv[i] = va_arg(rest, char*); }

TENTER_HOOK int hook_execl(const char* path, const char* first, ...) __asm__("execl");
int hook_execl(const char* path, const char* first, ...) {
  TENTER_COLLECT_ARGUMENTS(first, rest, arguments)
  va_end(rest);
  return record_exec([&] { return REAL(execve)(path, arguments, environ); });
}

TENTER_HOOK int hook_execlp(const char* file, const char* first, ...) __asm__("execlp");
int hook_execlp(const char* file, const char* first, ...) {
  TENTER_COLLECT_ARGUMENTS(first, rest, arguments)
  va_end(rest);
  return record_exec([&] { return REAL(execvp)(file, arguments); });
}

TENTER_HOOK int hook_execle(const char* path, const char* first, ...) __asm__("execle");
int hook_execle(const char* path, const char* first, ...) {
  TENTER_COLLECT_ARGUMENTS(first, rest, arguments)
  auto* environment = va_arg(rest, char**);
  va_end(rest);
  return record_exec([&] { return REAL(execve)(path, arguments, environment); });
}

}  // namespace tenter::hooks
