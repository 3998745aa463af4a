// Threads: who creates, ends, joins and detaches whom.
//
// The order of the events is what makes them edges: task_create comes before the thread exists, task_start is
// the first event of the new thread, task_end its last, and the join is told after it returned.
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <threads.h>

#include <atomic>
#include <cstring>
#include <new>

#include "hooks/c11_result.h"
#include "hooks/caller.h"
#include "hooks/cancellation.h"
#include "hooks/interpose.h"
#include "hooks/mutex_events.h"
#include "hooks/thread_table.h"
#include "record/sys.h"

TENTER_NEXT(void*, malloc, (std::size_t))
TENTER_NEXT(void, free, (void*))

namespace tenter::hooks {
namespace {

using record::Pc;
using trace::WaitKind;

using PosixRoutine = void* (*)(void*);
using C11Routine = int (*)(void*);

using SignalMask = std::uint64_t;  // as the kernel takes it
constexpr SignalMask every_signal_but_libcs_own = ~(SignalMask{3} << 31);

SignalMask change_signal_mask(int how, SignalMask mask) {
  SignalMask before = 0;
  record::sys::call(SYS_rt_sigprocmask, how, record::sys::word(&mask), record::sys::word(&before), sizeof mask);
  return before;
}

// Memory for a thread's stack; address 0: where libc will put it.
struct Stack {
  std::uintptr_t lowest;
  std::size_t bytes;
};

// What a new thread has to know. Shared by the thread and its creator, given back by the later of the two.
struct ThreadStart {
  PosixRoutine posix_routine;
  C11Routine c11_routine;  // one of the two is null
  void* argument;
  record::Task* task;  // null: nobody was recording
  Stack stack;
  SignalMask signals;  // of the creator, for the thread once it is known
  bool signals_held;
  bool detached;
  bool remembered;  // guarded by the thread table
  std::atomic<int> owners;

  void drop() {
    // The release lets the last owner give back what the other one has read; the acquire is that last owner's.
    if (owners.fetch_sub(1, std::memory_order_acq_rel) == 1) { give_back(this); }
  }
  static void give_back(ThreadStart* start);
};

// Not from malloc, as long as there is room: libc gives a thread that frees anything a heap of its own, of 64 MB of
// addresses, and the program's thread may never have wanted one.
constexpr std::size_t starts_max = 64;
alignas(ThreadStart) constinit std::byte starts[starts_max][sizeof(ThreadStart)] = {};
constinit std::atomic<std::uint64_t> starts_in_use{0};  // a bit for each

ThreadStart* obtain_start() {
  std::uint64_t used = starts_in_use.load(std::memory_order_relaxed);
  while (~used != 0) {
    const std::uint64_t lowest_free = ~used & (used + 1);
    // The acquire pairs with the release of who had it before.
    if (starts_in_use.compare_exchange_weak(used, used | lowest_free, std::memory_order_acquire,
                                            std::memory_order_relaxed)) {
      return reinterpret_cast<ThreadStart*>(starts[__builtin_ctzll(lowest_free)]);
    }
  }
  return static_cast<ThreadStart*>(REAL(malloc)(sizeof(ThreadStart)));
}

void ThreadStart::give_back(ThreadStart* start) {
  const auto offset = reinterpret_cast<std::uintptr_t>(start) - reinterpret_cast<std::uintptr_t>(starts);
  if (offset >= sizeof starts) {
    REAL(free)(start);
    return;
  }
  starts_in_use.fetch_and(~(std::uint64_t{1} << (offset / sizeof(ThreadStart))), std::memory_order_release);
}

Stack stack_asked_for(const pthread_attr_t* attributes) {
  pthread_attr_t defaults;
  if (attributes == nullptr && pthread_attr_init(&defaults) != 0) { return {}; }
  const pthread_attr_t* asked = attributes == nullptr ? &defaults : attributes;
  void* lowest = nullptr;
  std::size_t bytes = 0;
  Stack stack{};
  if (pthread_attr_getstack(asked, &lowest, &bytes) == 0 && pthread_attr_getstacksize(asked, &stack.bytes) == 0) {
    const auto address = reinterpret_cast<std::uintptr_t>(lowest);
    stack.lowest = address + bytes == 0 ? 0 : address;  // libc counts down from an end at 0 where none was set
  }
  if (attributes == nullptr) { pthread_attr_destroy(&defaults); }
  return stack;
}

// This thread's stack, as pthread_getattr_np would tell it. That allocates: see obtain_start. libc keeps a thread's
// descriptor, which its handle points to, in the last page of the stack that it made.
Stack own_stack(Stack asked) {
  constexpr std::uintptr_t page_bytes = 4096;
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  if (asked.lowest == 0) {
    asked.bytes = (asked.bytes + page_bytes - 1) & ~(page_bytes - 1);
    asked.lowest = ((pthread_self() | (page_bytes - 1)) + 1) - asked.bytes;
  }
  return here - asked.lowest < asked.bytes ? asked : Stack{};
}

// Its destructor runs when the thread ends, after those of C++ thread_local objects. POSIX calls key destructors in
// rounds while any of them sets a value again; the end of the last round is ours.
pthread_key_t end_key;
bool end_key_exists = false;
__attribute__((tls_model("initial-exec"))) thread_local std::uint32_t own_task = unknown_task;

void arm_thread_end(std::uintptr_t rounds) {
  if (end_key_exists) { pthread_setspecific(end_key, reinterpret_cast<void*>(rounds)); }
}

void at_thread_end(void* value) {
  const auto rounds = reinterpret_cast<std::uintptr_t>(value);
  if (rounds > 1) {
    arm_thread_end(rounds - 1);
    return;
  }
  if (own_task != unknown_task) { thread_has_ended(pthread_self(), own_task); }
  release_robust_mutexes();
  record::thread_end();
}

// glibc goes through a round in the order of the keys. So ours is the last one of those whose values have their place in
// the thread's descriptor and need no memory: only programs with more keys than that have destructors behind it.
__attribute__((constructor(102))) void create_end_key() {
  constexpr std::size_t keys_in_descriptor = 32;
  pthread_key_t keys[keys_in_descriptor];
  std::size_t count = 0;
  while (count < keys_in_descriptor && pthread_key_create(&keys[count], at_thread_end) == 0) {
    if (keys[count++] >= keys_in_descriptor - 1) { break; }
  }
  if (count == 0) { return; }
  end_key = keys[--count];
  end_key_exists = true;
  while (count != 0) { pthread_key_delete(keys[--count]); }
}

void* run_thread(void* raw) {
  auto* shared = static_cast<ThreadStart*>(raw);
  const PosixRoutine posix_routine = shared->posix_routine;
  const C11Routine c11_routine = shared->c11_routine;
  void* argument = shared->argument;
  if (shared->task != nullptr) {
    const Stack stack = own_stack(shared->stack);
    record::thread_start(shared->task, stack.lowest, stack.bytes);
    own_task = record::id_of(shared->task);
    remember_thread(pthread_self(), own_task, shared->detached, shared->remembered);
  }
  const bool signals_held = shared->signals_held;
  const SignalMask signals = shared->signals;
  shared->drop();
  arm_thread_end(PTHREAD_DESTRUCTOR_ITERATIONS);
  if (signals_held) { change_signal_mask(SIG_SETMASK, signals); }
  if (c11_routine != nullptr) { return reinterpret_cast<void*>(std::intptr_t{c11_routine(argument)}); }
  return posix_routine(argument);
}

bool starts_detached(const pthread_attr_t* attributes) {
  int state = PTHREAD_CREATE_JOINABLE;
  return attributes != nullptr && pthread_attr_getdetachstate(attributes, &state) == 0 &&
         state == PTHREAD_CREATE_DETACHED;
}

bool has_signal_mask(const pthread_attr_t* attributes) {
  sigset_t mask;
  return attributes != nullptr && pthread_attr_getsigmask_np(attributes, &mask) != PTHREAD_ATTR_NO_SIGMASK_NP;
}

const void* as_object(std::uint32_t task) { return reinterpret_cast<const void*>(std::uintptr_t{task}); }

void cancelled_in_join(void*) {
  record::wait_end();
  note_cancelled();
}

// `join` is the real call. `kind`: for ever, or until a time.
template <class Join>
int join_thread(pthread_t thread, WaitKind kind, Pc direct, Join join) {
  // Looked up before: once the join returns the handle may already stand for another thread.
  const std::uint32_t task = task_of_thread(thread);
  if (task == unknown_task) { return join(); }
  const Pc pc = program_pc(direct);
  int result = 0;
  if (record::active()) {
    const WhenCancelled when_cancelled(cancelled_in_join, nullptr);
    const Waiting waiting(kind, as_object(task), pc);
    result = join();
  } else {
    result = join();
  }
  if (result == 0) {
    forget_thread(thread, task);
    record::thread_join(task, pc);
  }
  return result;
}

// A join that does not wait.
template <class Join>
int try_join_thread(pthread_t thread, Pc direct, Join join) {
  const std::uint32_t task = task_of_thread(thread);
  const int result = join();
  if (result == 0 && task != unknown_task) {
    forget_thread(thread, task);
    record::thread_join(task, program_pc(direct));
  }
  return result;
}

}  // namespace

std::uint32_t own_task_id() { return own_task; }

TENTER_NEXT(int, pthread_create, (pthread_t*, const pthread_attr_t*, PosixRoutine, void*))
TENTER_NEXT(int, pthread_join, (pthread_t, void**))
TENTER_NEXT(int, pthread_detach, (pthread_t))
TENTER_NEXT(void, pthread_exit, (void*))

namespace {

int create_thread(pthread_t* thread, const pthread_attr_t* attributes, PosixRoutine posix_routine,
                  C11Routine c11_routine, void* argument, Pc direct) {
  ThreadStart* start = obtain_start();
  if (start == nullptr) { return EAGAIN; }
  const Pc pc = program_pc(direct);
  record::Task* task = record::active() ? record::thread_create(trace::TaskKind::thread, pc) : nullptr;
  const bool detached = starts_detached(attributes);
  // A handler that ran on the thread before the recorder knows it would be the deed of a thread that nobody created.
  const bool hold_signals = task != nullptr && !has_signal_mask(attributes);
  const SignalMask signals = hold_signals ? change_signal_mask(SIG_BLOCK, every_signal_but_libcs_own) : 0;
  const Stack stack = task == nullptr ? Stack{} : stack_asked_for(attributes);
  new (start) ThreadStart{posix_routine, c11_routine, argument, task, stack, signals, hold_signals, detached, false, 2};
  const std::uint32_t id = task == nullptr ? unknown_task : record::id_of(task);
  const int result = REAL(pthread_create)(thread, attributes, run_thread, start);
  if (hold_signals) { change_signal_mask(SIG_SETMASK, signals); }
  if (result != 0) {
    if (task != nullptr) {
      record::thread_join(id, pc);  // it never ran: nobody will find it left behind
      record::thread_created(false);
    }
    ThreadStart::give_back(start);
    return result;
  }
  if (task != nullptr) {
    remember_thread(*thread, id, detached, start->remembered);
    if (detached) { record::thread_detach(id, pc); }
    record::thread_created(true);
  }
  start->drop();
  return result;
}

int wait_for_thread(pthread_t thread, void** value, Pc pc) {
  return join_thread(thread, WaitKind::join, pc, [&] { return REAL(pthread_join)(thread, value); });
}

int detach_thread(pthread_t thread, Pc direct) {
  // Looked up, and marked, before: a detached thread that ends gives its handle away at once.
  const std::uint32_t task = task_of_thread(thread);
  if (task != unknown_task) { thread_is_detached(thread, task); }
  const int result = REAL(pthread_detach)(thread);
  if (result == 0 && task != unknown_task) { record::thread_detach(task, program_pc(direct)); }
  return result;
}

// The main thread, and threads that came into being without us, end by our key too.
[[noreturn]] void exit_thread(void* value) {
  if (end_key_exists && pthread_getspecific(end_key) == nullptr) { arm_thread_end(PTHREAD_DESTRUCTOR_ITERATIONS); }
  REAL(pthread_exit)(value);
  __builtin_unreachable();
}

}  // namespace

// ---- POSIX ---------------------------------------------------------------------------------------------

TENTER_INTERPOSE_KNOWN(int, pthread_create,
                       (pthread_t * thread, const pthread_attr_t* attributes, PosixRoutine routine, void* argument)) {
  return create_thread(thread, attributes, routine, nullptr, argument, TENTER_CALLER_PC());
}

TENTER_INTERPOSE_KNOWN(int, pthread_join, (pthread_t thread, void** value)) {
  return wait_for_thread(thread, value, TENTER_CALLER_PC());
}

TENTER_INTERPOSE(int, pthread_tryjoin_np, (pthread_t thread, void** value)) {
  return try_join_thread(thread, TENTER_CALLER_PC(), [&] { return REAL(pthread_tryjoin_np)(thread, value); });
}

TENTER_INTERPOSE(int, pthread_timedjoin_np, (pthread_t thread, void** value, const timespec* until)) {
  return join_thread(thread, WaitKind::timed, TENTER_CALLER_PC(),
                     [&] { return REAL(pthread_timedjoin_np)(thread, value, until); });
}

TENTER_INTERPOSE(int, pthread_clockjoin_np, (pthread_t thread, void** value, clockid_t clock, const timespec* until)) {
  return join_thread(thread, WaitKind::timed, TENTER_CALLER_PC(),
                     [&] { return REAL(pthread_clockjoin_np)(thread, value, clock, until); });
}

TENTER_INTERPOSE_KNOWN(int, pthread_detach, (pthread_t thread)) { return detach_thread(thread, TENTER_CALLER_PC()); }

TENTER_INTERPOSE_KNOWN(void, pthread_exit, (void* value)) { exit_thread(value); }

TENTER_INTERPOSE(int, pthread_setname_np, (pthread_t thread, const char* name)) {
  const int result = REAL(pthread_setname_np)(thread, name);
  if (result == 0 && record::active()) {
    const bool self = pthread_equal(thread, pthread_self()) != 0;
    const std::uint32_t task = self ? record::id_of(record::current_task()) : task_of_thread(thread);
    if (task != unknown_task) { record::name(trace::NameOf::task, task, name, std::strlen(name)); }
  }
  return result;
}

// ---- C11 -----------------------------------------------------------------------------------------------

TENTER_HOOK int hook_thrd_create(thrd_t* thread, C11Routine routine, void* argument) __asm__("thrd_create");
int hook_thrd_create(thrd_t* thread, C11Routine routine, void* argument) {
  return c11_result(create_thread(thread, nullptr, nullptr, routine, argument, TENTER_CALLER_PC()));
}

TENTER_HOOK int hook_thrd_join(thrd_t thread, int* result) __asm__("thrd_join");
int hook_thrd_join(thrd_t thread, int* result) {
  void* value = nullptr;
  const int error = wait_for_thread(thread, &value, TENTER_CALLER_PC());
  if (result != nullptr) { *result = static_cast<int>(reinterpret_cast<std::intptr_t>(value)); }
  return c11_result(error);
}

TENTER_HOOK int hook_thrd_detach(thrd_t thread) __asm__("thrd_detach");
int hook_thrd_detach(thrd_t thread) { return c11_result(detach_thread(thread, TENTER_CALLER_PC())); }

TENTER_HOOK void hook_thrd_exit(int result) __asm__("thrd_exit");
void hook_thrd_exit(int result) { exit_thread(reinterpret_cast<void*>(std::intptr_t{result})); }

}  // namespace tenter::hooks
