// The program's signal handlers run where the signal finds a thread, as part of that thread; nothing holds a signal up.
// Ours stands before each of them: it tells what the handler may rely on, and keeps the thread's call stack in order
// also where the handler has a stack of its own. Whoever asks for the handler is given the program's.
#include "hooks/signals.h"

#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#include <bit>

#include "hooks/libc_access.h"
#include "record/hang.h"

namespace tenter::hooks {

using record::Pc;
using trace::Op;

namespace {

constinit std::uint64_t objects[NSIG] = {};  // only their addresses are used

using Handler = void (*)(int);
using LongHandler = void (*)(int, siginfo_t*, void*);

// The program's. Stored before the kernel is told of ours, so that ours always finds one.
constinit std::atomic<Handler> handlers[NSIG] = {};

bool is_signal(int signal) { return signal > 0 && signal < NSIG; }

bool is_function(Handler handler) {
  const auto value = reinterpret_cast<std::uintptr_t>(handler);
  constexpr std::uintptr_t last_constant = 2;  // SIG_DFL, SIG_IGN and SIG_HOLD
  return value > last_constant && handler != SIG_ERR;
}

// The kernel passes all three arguments, whether or not they were asked for (SA_SIGINFO); a handler of one ignores
// the others.
void run_handler(int signal, siginfo_t* info, void* context) {
  const auto& registers = static_cast<const ucontext_t*>(context)->uc_mcontext.gregs;
  const auto interrupted_pc = static_cast<Pc>(registers[REG_RIP]);
  {
    const KeepErrno keep_errno;
    acquires_signal(signal, interrupted_pc);
  }
  const auto entered =
      record::handler_enter(interrupted_pc, static_cast<std::uintptr_t>(registers[REG_RSP]), TENTER_CALLER_FRAME());
  const Handler handler = handlers[signal].load(std::memory_order_acquire);  // pairs with Installing
  std::bit_cast<LongHandler>(handler)(signal, info, context);
  record::handler_leave(entered);
}

Handler ours() { return std::bit_cast<Handler>(&run_handler); }

// One handler on its way to the kernel.
class Installing {
 public:
  Installing(int signal, Handler wanted, Pc pc) : signal_(signal) {
    if (!is_signal(signal)) { return; }
    before_ = handlers[signal].load(std::memory_order_acquire);
    if (is_function(wanted) && record::active()) {
      record::note_handler_of_program();
      record::sync(Op::release, trace::SignalFlag::handler, 0, &objects[signal], pc);
      before_ = handlers[signal].exchange(wanted, std::memory_order_acq_rel);
      stands_before_ = true;
    }
  }
  // What the kernel is to call.
  Handler instead_of(Handler wanted) const { return stands_before_ ? ours() : wanted; }
  // What the program is told was there.
  Handler instead_of_known(Handler known) const {
    if (known == ours()) { return before_; }
    return record::is_hang_handler(std::bit_cast<const void*>(known)) ? SIG_DFL : known;
  }
  void failed() const {
    if (stands_before_) { handlers[signal_].store(before_, std::memory_order_release); }
  }

 private:
  int signal_;
  bool stands_before_ = false;
  Handler before_ = nullptr;
};

}  // namespace

void releases_signal(int signal, Pc pc) {
  if (is_signal(signal) && record::active()) { record::sync(Op::release, 0, 0, &objects[signal], pc); }
}
void acquires_signal(int signal, Pc pc) {
  if (is_signal(signal) && record::active()) { record::sync(Op::acquire, 0, 0, &objects[signal], pc); }
}

// ---- handlers --------------------------------------------------------------------------------------------

TENTER_INTERPOSE(int, sigaction, (int signal, const struct ::sigaction* wanted, struct ::sigaction* before)) {
  const Pc pc = TENTER_CALLER_PC();
  const Installing installing(signal, wanted == nullptr ? SIG_DFL : wanted->sa_handler, pc);
  struct ::sigaction stands_before;
  if (wanted != nullptr) {
    told_read(wanted, sizeof *wanted, pc);
    stands_before = *wanted;
    stands_before.sa_handler = installing.instead_of(wanted->sa_handler);
  }
  const int result = REAL(sigaction)(signal, wanted == nullptr ? nullptr : &stands_before, before);
  if (result != 0) {
    installing.failed();
  } else if (before != nullptr) {
    if (record::is_hang_handler(std::bit_cast<const void*>(before->sa_handler))) { *before = {}; }
    before->sa_handler = installing.instead_of_known(before->sa_handler);
    told_result(before, true, pc);
  }
  return result;
}

#define TENTER_SIGNAL(function)                                                   \
  TENTER_INTERPOSE(Handler, function, (int signal, Handler wanted)) {             \
    const Installing installing(signal, wanted, TENTER_CALLER_PC());              \
    const Handler before = REAL(function)(signal, installing.instead_of(wanted)); \
    if (before == SIG_ERR) { installing.failed(); }                               \
    return installing.instead_of_known(before);                                   \
  }
TENTER_SIGNAL(signal)
TENTER_SIGNAL(bsd_signal)
TENTER_SIGNAL(ssignal)
TENTER_SIGNAL(sysv_signal)
TENTER_SIGNAL(__sysv_signal)
TENTER_SIGNAL(sigset)

// ---- sending ---------------------------------------------------------------------------------------------

TENTER_INTERPOSE(int, kill, (pid_t process, int signal)) {
  releases_signal(signal, TENTER_CALLER_PC());
  return REAL(kill)(process, signal);
}
TENTER_INTERPOSE(int, killpg, (pid_t group, int signal)) {
  releases_signal(signal, TENTER_CALLER_PC());
  return REAL(killpg)(group, signal);
}
TENTER_INTERPOSE(int, tgkill, (pid_t process, pid_t thread, int signal)) {
  releases_signal(signal, TENTER_CALLER_PC());
  return REAL(tgkill)(process, thread, signal);
}
TENTER_INTERPOSE(int, raise, (int signal)) {
  releases_signal(signal, TENTER_CALLER_PC());
  return REAL(raise)(signal);
}
TENTER_INTERPOSE(int, pthread_kill, (pthread_t thread, int signal)) {
  releases_signal(signal, TENTER_CALLER_PC());
  return REAL(pthread_kill)(thread, signal);
}
TENTER_INTERPOSE(int, sigqueue, (pid_t process, int signal, const sigval value)) {
  releases_signal(signal, TENTER_CALLER_PC());
  return REAL(sigqueue)(process, signal, value);
}
TENTER_INTERPOSE(int, pthread_sigqueue, (pthread_t thread, int signal, const sigval value)) {
  releases_signal(signal, TENTER_CALLER_PC());
  return REAL(pthread_sigqueue)(thread, signal, value);
}
TENTER_INTERPOSE(unsigned, alarm, (unsigned seconds)) {
  releases_signal(SIGALRM, TENTER_CALLER_PC());
  return REAL(alarm)(seconds);
}
TENTER_INTERPOSE(int, setitimer, (__itimer_which_t which, const itimerval* wanted, itimerval* before)) {
  const Pc pc = TENTER_CALLER_PC();
  if (wanted != nullptr) { told_read(wanted, sizeof *wanted, pc); }
  releases_signal(which == ITIMER_REAL ? SIGALRM : which == ITIMER_VIRTUAL ? SIGVTALRM : SIGPROF, pc);
  const int result = REAL(setitimer)(which, wanted, before);
  told_result(before, result == 0, pc);
  return result;
}

// ---- taking one without a handler ----------------------------------------------------------------------------

TENTER_INTERPOSE(int, sigwait, (const sigset_t* signals, int* taken)) {
  const int result = REAL(sigwait)(signals, taken);
  const Pc pc = TENTER_CALLER_PC();
  if (result == 0) {
    acquires_signal(*taken, pc);
    told_result(taken, true, pc);
  }
  return result;
}
TENTER_INTERPOSE(int, sigwaitinfo, (const sigset_t* signals, siginfo_t* info)) {
  const int taken = REAL(sigwaitinfo)(signals, info);
  const Pc pc = TENTER_CALLER_PC();
  acquires_signal(taken, pc);
  told_result(info, taken > 0, pc);
  return taken;
}
TENTER_INTERPOSE(int, sigtimedwait, (const sigset_t* signals, siginfo_t* info, const timespec* timeout)) {
  const int taken = REAL(sigtimedwait)(signals, info, timeout);
  const Pc pc = TENTER_CALLER_PC();
  acquires_signal(taken, pc);
  told_result(info, taken > 0, pc);
  return taken;
}

// ---- masks -----------------------------------------------------------------------------------------------

#define TENTER_SIGNAL_MASK(function)                                                     \
  TENTER_INTERPOSE(int, function, (int how, const sigset_t* wanted, sigset_t* before)) { \
    const Pc pc = TENTER_CALLER_PC();                                                    \
    if (wanted != nullptr) { told_read(wanted, sizeof *wanted, pc); }                    \
    const int result = REAL(function)(how, wanted, before);                              \
    told_result(before, result == 0, pc);                                                \
    return result;                                                                       \
  }
TENTER_SIGNAL_MASK(sigprocmask)
TENTER_SIGNAL_MASK(pthread_sigmask)

}  // namespace tenter::hooks
