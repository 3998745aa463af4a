// Everything here may run in a signal handler, or while any thread of the program stands still with any lock in its hands. So
// nothing is locked or allocated, and memory of the program's is read through the kernel, which refuses where we would crash.
#include "record/hang.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/uio.h>

#include "record/helper.h"
#include "record/modules.h"
#include "record/own_work.h"
#include "record/recorder.h"
#include "record/shared_memory.h"
#include "record/sys.h"
#include "record/text_buffer.h"
#include "record/thread.h"

namespace tenter::record {
namespace {

using trace::WaitKind;

constexpr std::uint64_t ns_per_second = 1'000'000'000;
constexpr std::size_t frames_shown = 8;

constinit std::atomic<bool> program_has_handlers{false};  // relaxed: nothing else follows from it
constinit std::uint64_t first_ticks = 0, first_ns = 0;    // written before there is a second thread

double ticks_per_second() {
  const auto passed_ns = static_cast<double>(sys::clock_ns(CLOCK_MONOTONIC) - first_ns);
  const auto passed_ticks = static_cast<double>(ticks() - first_ticks);
  return passed_ns < 1 ? 1e9 : passed_ticks * static_cast<double>(ns_per_second) / passed_ns;
}

bool read_own_memory(const void* from, void* to, std::size_t bytes) {
  const iovec local{to, bytes}, remote{const_cast<void*>(from), bytes};
  return sys::call(SYS_process_vm_readv, sys::process_id(), sys::word(&local), 1, sys::word(&remote), 1, 0) ==
         static_cast<long>(bytes);
}

// False: it does not wait. Others' waits change while one looks, so this is a copy that was whole at one moment.
bool wait_of(const Thread& thread, Wait& copy) {
  if (thread.task != thread.own) { return false; }
  copy.since = __atomic_load_n(&thread.wait.since, __ATOMIC_ACQUIRE);  // pairs with wait_begin()
  copy.kind = thread.wait.kind;
  copy.object = thread.wait.object;
  copy.pc = thread.wait.pc;
  copy.holder = thread.wait.holder;
  __atomic_thread_fence(__ATOMIC_ACQUIRE);
  return copy.since != 0 && __atomic_load_n(&thread.wait.since, __ATOMIC_RELAXED) == copy.since;
}

template <class F>
void each_thread(F f) {
  for (Thread* thread = first_known_thread(); thread != nullptr; thread = thread->next_known) {
    if (thread->in_use) { f(*thread); }
  }
}

// The thread that holds the lock, or that is joined; null where nobody in particular is waited for.
const Thread* awaited(const Wait& wait) {
  int holder = 0;
  const bool known = wait.holder != nullptr && read_own_memory(wait.holder, &holder, sizeof holder) && holder != 0;
  const auto joined = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(wait.object));
  const Thread* found = nullptr;
  each_thread([&](const Thread& thread) {
    if (wait.kind == WaitKind::join ? thread.own->id == joined : known && thread.kernel_id == holder) {
      found = &thread;
    }
  });
  return found;
}

// ---- in words ----------------------------------------------------------------------------------------------------------

TextBuffer& add_thread(TextBuffer& text, const Task& task) {
  return task.kind == trace::TaskKind::main ? text.add("the main thread") : text.add("thread ").add_decimal(task.id);
}

const char* words_for(WaitKind kind) {
  switch (kind) {
    case WaitKind::lock: return "for the lock";
    case WaitKind::shared_lock: return "to read under the lock";
    case WaitKind::condition: return "for the condition";
    case WaitKind::barrier: return "at the barrier";
    case WaitKind::semaphore: return "for the semaphore";
    case WaitKind::once: return "for the one-time initialization";
    case WaitKind::chan_send: return "to send to the channel";
    case WaitKind::chan_recv: return "to receive from the channel";
    case WaitKind::select: return "in a select";
    case WaitKind::wait_group: return "for the wait group";
    case WaitKind::sleep: return "for a time to come";
    case WaitKind::descriptor: return "for a file descriptor";
    case WaitKind::nil_channel_send:
    case WaitKind::nil_channel_recv: return "at a nil channel";
    case WaitKind::futex:
    case WaitKind::private_futex: return "for the futex";
    case WaitKind::timed: return "until a time to come, for the object";
    case WaitKind::join: return "for a thread to end";
  }
  return "for something";
}

void say_place(std::uintptr_t pc) {
  char memory[640];
  TextBuffer line(memory, sizeof memory);
  line.add("      ");
  add_code_address(line, pc);
  line.add("\n");
  say_text(line.data(), line.size());
}

void say_wait(const Thread& thread, double ticks_a_second) {
  char memory[256];
  TextBuffer line(memory, sizeof memory);
  line.add("  ");
  add_thread(line, *thread.own);
  Wait wait{};
  if (!wait_of(thread, wait)) {
    line.add(thread.task == thread.own ? " runs\n" : " runs tasks\n");
    say_text(line.data(), line.size());
    return;
  }
  const double seconds = static_cast<double>(ticks() - wait.since) / ticks_a_second;
  line.add(" has waited ").add_decimal(static_cast<std::uint64_t>(seconds)).add(" s ");
  const Thread* const other = awaited(wait);
  if (wait.kind == WaitKind::join && other != nullptr) {
    add_thread(line.add("for "), *other->own).add(" to end");
  } else {
    line.add(words_for(wait.kind));
    const auto address = reinterpret_cast<std::uintptr_t>(wait.object);
    if (address != 0 && wait.kind != WaitKind::join) { line.add(" 0x").add_hex(address); }
    if (other != nullptr) {
      line.add(", which ");
      other == &thread ? line.add("it") : add_thread(line, *other->own);
      line.add(other == &thread ? " holds itself" : " holds");
    }
  }
  line.add("\n");
  say_text(line.data(), line.size());
  say_place(wait.pc);
  const std::size_t depth = thread.stack.depth();
  for (std::size_t i = 0; i < depth && i + 1 < frames_shown; ++i) {
    Frame frame{};
    if (!read_own_memory(thread.stack.frame(depth - 1 - i), &frame, sizeof frame)) { break; }
    say_place(frame.call_site);
  }
}

void say_who_waits(const char* why) {
  say(why);
  const double ticks_a_second = ticks_per_second();
  each_thread([&](const Thread& thread) {
    if (thread.own->kind != trace::TaskKind::worker) { say_wait(thread, ticks_a_second); }
  });
  say("`tenter check ", recorder().output.path(), "` tells the lines, and where each lock was taken");
}

// ---- the signal ------------------------------------------------------------------------------------------------------------

// It ends the program as it would have without us.
void on_quit(int signal) {
  const OwnWork work;
  if (is_recording()) { say_who_waits("SIGQUIT came; who waits for what:"); }
  struct sigaction as_before{};
  as_before.sa_handler = SIG_DFL;
  sigaction(signal, &as_before, nullptr);
  sys::call(SYS_tgkill, sys::process_id(), sys::call(SYS_gettid), signal);
}

void take_over_quit() {
  struct sigaction now{};
  if (sigaction(SIGQUIT, nullptr, &now) != 0 || (now.sa_flags & SA_SIGINFO) != 0 || now.sa_handler != SIG_DFL) {
    return;
  }
  now = {};
  now.sa_handler = on_quit;
  now.sa_flags = SA_ONSTACK | SA_RESTART;
  sigaction(SIGQUIT, &now, nullptr);
}

// ---- the watchdog ------------------------------------------------------------------------------------------------------------

// Of a process or thread, what /proc tells behind its name (proc(5), stat): the state comes first. Empty: nothing.
class Statistics {
 public:
  explicit Statistics(const char* path) {
    const int fd = sys::open(path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) { return; }
    const ssize_t got = sys::read(fd, text_, sizeof text_ - 1);
    sys::close(fd);
    const std::size_t size = got < 0 ? 0 : static_cast<std::size_t>(got);
    std::size_t behind_name = size;  // the name may hold parentheses and spaces
    while (behind_name != 0 && text_[behind_name - 1] != ')') { --behind_name; }
    if (behind_name != 0 && behind_name + 1 < size) { fields_ = text_ + behind_name + 1; }
  }
  char state() const { return *fields_; }
  unsigned threads() const {
    const char* at = fields_;
    constexpr unsigned fields_before = 17;
    for (unsigned spaces = 0; *at != '\0' && spaces < fields_before; ++at) {
      if (*at == ' ') { ++spaces; }
    }
    unsigned count = 0;
    for (; *at >= '0' && *at <= '9'; ++at) { count = count * 10 + static_cast<unsigned>(*at - '0'); }
    return count;
  }

 private:
  char text_[512] = {};
  const char* fields_ = "";
};

// Not so if it was woken, and only waits for a processor.
bool sleeps(const Thread& thread) {
  char path[64];
  TextBuffer name(path, sizeof path);
  name.add("/proc/self/task/").add_decimal(static_cast<std::uint64_t>(thread.kernel_id)).add("/stat");
  return Statistics(name.c_str()).state() == 'S';
}

bool can_be_ended_from_outside(const Wait& wait) {
  switch (wait.kind) {
    case WaitKind::sleep:
    case WaitKind::descriptor:
    case WaitKind::timed: return true;
    case WaitKind::futex:
      if (may_be_shared(wait.object)) { return true; }
      [[fallthrough]];
    case WaitKind::private_futex:
    case WaitKind::semaphore: return program_has_handlers.load(std::memory_order_relaxed);
    default: return false;
  }
}

bool hangs(const Thread& thread, std::uint64_t patience, Wait& wait) {
  return wait_of(thread, wait) && ticks() - wait.since >= patience && !can_be_ended_from_outside(wait) &&
         sleeps(thread);
}

// At the moment when the first was looked at all of them slept, as each has for longer than this look took; then nobody
// is left to wake one. A thread that the recorder does not know of might.
bool everybody_hangs(std::uint64_t patience) {
  if (recorder().tasks.load(std::memory_order_relaxed)) { return false; }
  bool all = true;
  unsigned known = helper_is_there() ? 2 : 1;  // with the watchdog
  each_thread([&](const Thread& thread) {
    ++known;
    Wait wait{};
    all = all && hangs(thread, patience, wait);
  });
  return all && known > 1 && Statistics("/proc/self/stat").threads() == known;
}

// Does some thread wait for a holder that waits for another, and so on in a circle?
bool some_hang(std::uint64_t patience) {
  bool found = false;
  each_thread([&](const Thread& first) {
    const Thread* at = &first;
    constexpr unsigned most = 1000;
    for (unsigned steps = 0; !found && at != nullptr && steps < most; ++steps) {
      Wait wait{};
      if (!hangs(*at, patience, wait)) { return; }
      at = awaited(wait);
      found = at == &first;
    }
  });
  return found;
}

// As one thread more, which is none of the program's.
[[noreturn]] void end_program() {
  constexpr int status = 2;
  State& s = state;
  --s.quiet;
  if (Task* self = make_task(trace::TaskKind::worker); self != nullptr && attach(s, self) != nullptr) {
    misuse(trace::MisuseKind::all_tasks_asleep, nullptr, 0);
  }
  finish(status);
  sys::end_process(status);
}

void* watch(void*) {
  ++state.quiet;
  const auto seconds = static_cast<unsigned>(recorder().options.hang_timeout);
  bool told = false;
  while (is_recording()) {
    constexpr long between_looks_ns = 250'000'000;
    sys::sleep_ns(between_looks_ns);
    const auto patience = static_cast<std::uint64_t>(ticks_per_second() * seconds);
    if (everybody_hangs(patience)) {
      say_who_waits("the program hangs: every thread waits for another. Who waits for what:");
      end_program();
    }
    if (!told && some_hang(patience)) {
      told = true;
      say_who_waits("threads wait for each other, and will for ever. Who waits for what:");
    }
  }
  return nullptr;
}

void start_watchdog() {
  sigset_t all, before;
  sigfillset(&all);
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) { return; }
  constexpr std::size_t stack_bytes = 128 * 1024;
  pthread_attr_setstacksize(&attributes, stack_bytes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_sigmask(SIG_SETMASK, &all, &before);  // signals are for the program's threads
  pthread_t thread;
  if (pthread_create(&thread, &attributes, watch, nullptr) != 0) { say("no thread to watch for hangs"); }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
}

}  // namespace

void prepare_for_hangs() {
  const OwnWork work;
  if (first_ticks == 0) {
    first_ns = sys::clock_ns(CLOCK_MONOTONIC);
    first_ticks = ticks();
    take_over_quit();
  }
  if (recorder().options.hang_timeout != 0) { start_watchdog(); }
}

WaitTime time_of_wait(std::uint64_t lasted_ticks) {
  constexpr std::uint64_t ns_per_us = 1000;
  return {(sys::clock_ns(CLOCK_MONOTONIC) - first_ns) / ns_per_us,
          static_cast<std::uint64_t>(static_cast<double>(lasted_ticks) / ticks_per_second() *
                                     static_cast<double>(ns_per_second))};
}

bool is_hang_handler(const void* handler) { return handler == reinterpret_cast<const void*>(&on_quit); }
void note_handler_of_program() { program_has_handlers.store(true, std::memory_order_relaxed); }

}  // namespace tenter::record
