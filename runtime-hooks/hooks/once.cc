// Initialization that runs once: pthread_once (std::call_once is built on it), C11 call_once, and the guards of
// function-local statics.
//
// Who runs the initialization tells once_begin and once_end, everybody else once_pass. A run that fails is told
// as a plain release: the next run sees what it did, but nothing is complete.
//
// This file alone is built with exceptions, because an initialization may throw. What that needs of the C++ library is
// there whenever somebody throws; a C program goes without, so the references are weak.
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <threads.h>

#include "hooks/interpose.h"
#include "record/sys.h"

__asm__(".weak __gxx_personality_v0, _Unwind_Resume, __cxa_begin_catch, _ZSt9terminatev");

namespace tenter::hooks {

using record::Pc;
using trace::MemoryOrder;
using trace::Op;
using trace::WaitKind;

TENTER_NEXT(int, pthread_once, (pthread_once_t*, void (*)()))

namespace {

using Initialize = void (*)();

// ---- pthread_once --------------------------------------------------------------------------------------

constexpr int once_done = 2;  // glibc's PTHREAD_ONCE_DONE, the whole word

// The call of pthread_once that this thread is in, for the function that glibc calls back without an argument.
struct OnceCall {
  const void* control;
  Initialize initialize;
  Pc pc;
  bool ran;
};
__attribute__((tls_model("initial-exec"))) thread_local OnceCall* current_call = nullptr;

// Where an initialization throws, or its thread is cancelled in it, what it did so far is released to the next attempt.
// This is the only code of the recorder that exceptions pass through with something left to do: see the top.
class Attempt {
 public:
  explicit Attempt(const OnceCall& call) : call_(call) {
    record::sync(Op::acquire, 0, 0, call.control, call.pc);
    record::sync(Op::once_begin, 0, 0, call.control, call.pc);
  }
  ~Attempt() { record::sync(complete_ ? Op::once_end : Op::release, 0, 0, call_.control, call_.pc); }
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;
  void is_complete() { complete_ = true; }

 private:
  const OnceCall call_;
  bool complete_ = false;
};

void run_initialization() {
  OnceCall& call = *current_call;
  call.ran = true;
  record::wait_end();
  const Initialize initialize = call.initialize;
  Attempt attempt(call);
  initialize();
  attempt.is_complete();
}

int run_once(pthread_once_t* control, Initialize initialize, Pc pc) {
  if (!record::active()) { return REAL(pthread_once)(control, initialize); }
  if (__atomic_load_n(control, __ATOMIC_ACQUIRE) != once_done) {
    OnceCall* outer = current_call;
    OnceCall call{control, initialize, pc, false};
    current_call = &call;
    // The wait ends where our initialization begins, or where somebody else's has ended.
    record::wait_begin(WaitKind::once, control, pc);
    const int result = REAL(pthread_once)(control, run_initialization);
    current_call = outer;
    if (call.ran) { return result; }
    record::wait_end();
  }
  record::sync(Op::once_pass, 0, 0, control, pc);
  return 0;
}

}  // namespace

TENTER_INTERPOSE_KNOWN(int, pthread_once, (pthread_once_t * control, Initialize initialize)) {
  return run_once(control, initialize, TENTER_CALLER_PC());
}
TENTER_ALIAS(int, __pthread_once, (pthread_once_t*, Initialize), pthread_once)

TENTER_HOOK void hook_call_once(once_flag* flag, Initialize initialize) __asm__("call_once");
void hook_call_once(once_flag* flag, Initialize initialize) {
  static_assert(sizeof(once_flag) == sizeof(pthread_once_t));
  run_once(reinterpret_cast<pthread_once_t*>(flag), initialize, TENTER_CALLER_PC());
}

// ---- guards of function-local statics ------------------------------------------------------------------

// These are whole implementations: where libstdc++ is linked statically there is no further definition to call. Compilers
// test the first byte of a guard inline, with an acquire load that is recorded like any other; hence the release
// store that a completed initialization tells. The other states are ours, chosen to agree with libstdc++'s, as another
// library of the process may have bound its calls for the same guard to that.
namespace {

constexpr int guard_done = 1;
constexpr int guard_running = 1 << 8;
constexpr int guard_awaited = 1 << 16;

int* word_of(std::uint64_t* guard) { return reinterpret_cast<int*>(guard); }

void futex(int* word, int operation, int value) {
  record::sys::call(SYS_futex, record::sys::word(word), operation, value);
}

// Takes the guard for this thread, or sees that the initialization is complete (false).
bool take_guard(int* word, Pc pc) {
  int value = __atomic_load_n(word, __ATOMIC_ACQUIRE);
  while ((value & guard_done) == 0) {
    if (value == 0) {
      if (__atomic_compare_exchange_n(word, &value, guard_running, false, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)) {
        return true;
      }
      continue;
    }
    constexpr int awaited = guard_running | guard_awaited;
    if (value == awaited ||
        __atomic_compare_exchange_n(word, &value, awaited, false, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)) {
      const Waiting waiting(WaitKind::once, word, pc);
      futex(word, FUTEX_WAIT, awaited);
      value = __atomic_load_n(word, __ATOMIC_ACQUIRE);
    }
  }
  return false;
}

void give_guard_back(int* word, int value) {
  // Pairs with the acquires in take_guard and with the compiler's inline test.
  const int before = __atomic_exchange_n(word, value, __ATOMIC_ACQ_REL);
  if ((before & guard_awaited) != 0) { futex(word, FUTEX_WAKE, INT_MAX); }
}

}  // namespace

TENTER_HOOK int hook_cxa_guard_acquire(std::uint64_t* guard) __asm__("__cxa_guard_acquire");
int hook_cxa_guard_acquire(std::uint64_t* guard) {
  const Pc pc = TENTER_CALLER_PC();
  if (!take_guard(word_of(guard), pc)) {
    record::sync(Op::once_pass, 0, 0, guard, pc);
    return 0;
  }
  record::sync(Op::acquire, 0, 0, guard, pc);
  record::sync(Op::once_begin, 0, 0, guard, pc);
  return 1;
}

TENTER_HOOK void hook_cxa_guard_release(std::uint64_t* guard) __asm__("__cxa_guard_release");
void hook_cxa_guard_release(std::uint64_t* guard) {
  const Pc pc = TENTER_CALLER_PC();
  record::sync(Op::once_end, 0, 0, guard, pc);
  record::sync(Op::atomic_store, static_cast<std::uint8_t>(MemoryOrder::release), 1, guard, pc);
  give_guard_back(word_of(guard), guard_done);
}

TENTER_HOOK void hook_cxa_guard_abort(std::uint64_t* guard) __asm__("__cxa_guard_abort");
void hook_cxa_guard_abort(std::uint64_t* guard) {
  record::sync(Op::release, 0, 0, guard, TENTER_CALLER_PC());
  give_guard_back(word_of(guard), 0);
}

}  // namespace tenter::hooks
