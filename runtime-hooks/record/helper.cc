// Windows go to the helper through a few slots, from which it or anybody else takes them: a slot says which thread has a full
// spare, and who claims that (Thread::encode_spare) encodes it. So a slot may be out of date, and does no harm.
//
// life_lock guards the coming and going of the helper. It is taken only where a thread creates another or ends,
// which no signal handler may do.
#include "record/helper.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <atomic>

#include "record/own_work.h"
#include "record/recorder.h"
#include "record/spin_lock.h"
#include "record/thread.h"

namespace tenter::record {
namespace {

constexpr std::size_t slots_max = 8;
constinit std::atomic<Thread*> slots[slots_max]{};

constinit std::atomic<bool> life_lock{false};
constinit std::atomic<bool> there{false};    // may be given windows
constinit std::atomic<bool> leaving{false};  // shall end
constinit std::atomic<bool> asleep{false};   // or about to be
constinit std::atomic<std::uint32_t> wakes{0};
constinit std::atomic<int> kernel_id{0};         // of the running helper; 0: not yet
constinit std::atomic<std::uint32_t> others{0};  // threads besides the main one, of which we shall hear when they end
constinit bool had_one = false;                  // guarded by life_lock, as are the next two
constinit bool exists = false;                   // or did not end in time
constinit std::uint64_t chunks_at_start = 0;
thread_local constinit bool counted __attribute__((tls_model("initial-exec"))) = false;

// The first one comes with the program's second thread, which is where a thread may be created. Programs that let threads come and
// go all the time get another only after having written so much since the last.
constexpr std::uint64_t chunks_worth_a_helper = 16;

bool lock_life() {
  return wait_until([] { return !life_lock.exchange(true, std::memory_order_acquire); });
}
void unlock_life() { life_lock.store(false, std::memory_order_release); }

Thread* next_queued() {
  for (std::atomic<Thread*>& slot : slots) {
    if (slot.load(std::memory_order_relaxed) != nullptr) {
      // Acquire: pairs with the release in queue_for_helper().
      if (Thread* thread = slot.exchange(nullptr, std::memory_order_acquire); thread != nullptr) { return thread; }
    }
  }
  return nullptr;
}

void encode_all_queued() {
  while (Thread* thread = next_queued()) { thread->encode_spare(); }
}

void wake() {
  wakes.fetch_add(1, std::memory_order_release);
  sys::call(SYS_futex, sys::word(&wakes), FUTEX_WAKE_PRIVATE, 1);
}

// ---- the thread itself -------------------------------------------------------------------------------------------------

using ProcessorMask = std::uint64_t[128];  // 8192 processors, the kernel's most

// Of the main thread, as others may have been bound to one processor. 0: unknown.
unsigned allowed_processors(ProcessorMask& mask) {
  const long bytes = sys::call(SYS_sched_getaffinity, sys::process_id(), sizeof mask, sys::word(&mask));
  unsigned count = 0;
  for (std::size_t i = 0; static_cast<long>(i * sizeof mask[0]) < bytes; ++i) {
    count += static_cast<unsigned>(__builtin_popcountll(mask[i]));
  }
  return count;
}

// A processor that has anything else to do shall do that, and yet not keep the helper from ending.
void take_what_is_left() {
  ProcessorMask mask{};
  if (allowed_processors(mask) != 0) { sys::call(SYS_sched_setaffinity, 0, sizeof mask, sys::word(&mask)); }
  const sched_param no_priority{};
  sys::call(SYS_sched_setscheduler, 0, SCHED_BATCH, sys::word(&no_priority));
  constexpr int nice = 10;
  sys::call(SYS_setpriority, PRIO_PROCESS, 0, nice);
}

void* help(void*) {
  ++state.quiet;
  take_what_is_left();
  sys::call(SYS_prctl, PR_SET_NAME, sys::word("tenter-helper"));
  kernel_id.store(static_cast<int>(sys::call(SYS_gettid)), std::memory_order_release);
  for (;;) {
    const std::uint32_t seen = wakes.load(std::memory_order_acquire);  // pairs with wake()
    encode_all_queued();
    if (leaving.load(std::memory_order_acquire)) { return nullptr; }
    // Pairs with the fence in queue_for_helper(): it sees us asleep, or we see what it put there.
    asleep.store(true, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    bool idle = true;
    for (const std::atomic<Thread*>& slot : slots) { idle = idle && slot.load(std::memory_order_relaxed) == nullptr; }
    if (idle) { sys::call(SYS_futex, sys::word(&wakes), FUTEX_WAIT_PRIVATE, seen, 0); }
    asleep.store(false, std::memory_order_relaxed);
  }
}

// ---- coming and going ----------------------------------------------------------------------------------------------------

bool create() {
  // Not SIGSYS: by that the library knows a thread which is none of the program's (lib/task/asleep.cc).
  sigset_t ours, before;
  sigfillset(&ours);
  sigdelset(&ours, SIGSYS);
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) { return false; }
  constexpr std::size_t stack_bytes = 128 * 1024;
  pthread_attr_setstacksize(&attributes, stack_bytes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_sigmask(SIG_SETMASK, &ours, &before);
  pthread_t thread;
  const bool created = pthread_create(&thread, &attributes, help, nullptr) == 0;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  return created;
}

bool is_worth_it() {
  const Recorder& r = recorder();
  const std::uint64_t chunks = r.output.chunks_written();
  ProcessorMask mask{};
  return is_recording() && !exists && r.detector == nullptr && r.options.max_memory == 0 && r.options.max_size == 0 &&
         (!had_one || chunks >= chunks_at_start + chunks_worth_a_helper) && allowed_processors(mask) > 1;
}

bool has_gone() {
  const int id = kernel_id.load(std::memory_order_acquire);
  // As long as the kernel finds it, it counts.
  return id != 0 && sys::call(SYS_tgkill, sys::process_id(), id, 0) != 0;
}

void see_out() {
  there.store(false, std::memory_order_relaxed);
  leaving.store(true, std::memory_order_release);
  wake();
  encode_all_queued();  // together with it
  exists = !wait_until(has_gone);
}

}  // namespace

bool helper_is_there() { return there.load(std::memory_order_relaxed); }

bool queue_for_helper(Thread& thread) {
  for (std::atomic<Thread*>& slot : slots) {
    Thread* none = nullptr;
    if (slot.load(std::memory_order_relaxed) != nullptr ||
        !slot.compare_exchange_strong(none, &thread, std::memory_order_release, std::memory_order_relaxed)) {
      continue;
    }
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (asleep.load(std::memory_order_relaxed) && asleep.exchange(false, std::memory_order_relaxed)) { wake(); }
    return true;
  }
  return false;
}

void expect_thread() { others.fetch_add(1, std::memory_order_relaxed); }
void count_this_thread() { counted = true; }

void expect_no_thread() {
  if (others.fetch_sub(1, std::memory_order_acq_rel) != 1 || !lock_life()) { return; }
  // Somebody may have created a thread since.
  if (others.load(std::memory_order_relaxed) == 0 && there.load(std::memory_order_relaxed)) { see_out(); }
  unlock_life();
}

void discount_this_thread() {
  if (!counted) { return; }
  counted = false;
  State& s = state;
  Section::enter(s);
  expect_no_thread();
  Section::leave(s);
}

void bring_helper() {
  if (there.load(std::memory_order_relaxed)) { return; }
  const OwnWork work;
  if (!lock_life()) { return; }
  if (!there.load(std::memory_order_relaxed) && others.load(std::memory_order_relaxed) != 0 && is_worth_it()) {
    had_one = true;
    chunks_at_start = recorder().output.chunks_written();
    leaving.store(false, std::memory_order_relaxed);
    kernel_id.store(0, std::memory_order_relaxed);
    exists = create();
    there.store(exists, std::memory_order_relaxed);
  }
  unlock_life();
}

void forget_helper_of_parent() {
  for (std::atomic<Thread*>& slot : slots) { slot.store(nullptr, std::memory_order_relaxed); }
  there.store(false, std::memory_order_relaxed);
  asleep.store(false, std::memory_order_relaxed);
  life_lock.store(false, std::memory_order_relaxed);
  others.store(0, std::memory_order_relaxed);
  had_one = exists = counted = false;
}

}  // namespace tenter::record
