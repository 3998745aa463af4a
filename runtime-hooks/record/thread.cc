// Which threads there are, and what stands in front of an event: the call stack, and what was put aside.
#include "record/thread.h"

#include <pthread.h>
#include <signal.h>

#include "record/budget.h"
#include "record/life.h"
#include "record/own_work.h"
#include "record/recorder.h"
#include "record/spin_lock.h"

namespace tenter::record {

thread_local constinit State state __attribute__((tls_model("initial-exec"))){};

namespace {

// Recursion deeper than this is cut at the far end, so that a chunk is never all calls.
constexpr std::size_t frames_max = 1024;

constinit std::atomic<Thread*> known_threads{nullptr};
constinit SpinLock free_threads_lock;
constinit Thread* free_threads = nullptr;  // guarded by free_threads_lock

constinit std::atomic<unsigned> threads_made{0};  // relaxed: a number for the size of the next

// The filter's entries are touched as far as the thread accesses memory, 8 bytes for 8. A few threads may
// have many; of hundreds, each has little memory of its own, and there is an end to what all of them take.
unsigned index_bits_for(unsigned threads_before) {
  if (threads_before < 16) { return AccessFilter::index_bits_max; }
  return threads_before < 128 ? 17 : AccessFilter::index_bits_min;
}

static_assert(std::is_trivially_default_constructible_v<Thread>, "memory of zeros is a Thread");

// Of what max_memory= has left, a thread's filter takes no more than this part.
constexpr std::uint64_t part_of_budget = 4;

Thread* obtain_thread() {
  {
    const SpinGuard guard(free_threads_lock);
    if (Thread* thread = free_threads; thread != nullptr) {
      free_threads = thread->next_free;
      return thread;
    }
  }
  Thread* thread = nullptr;
  const auto with_filter_of = [](unsigned bits) {
    return sizeof(Thread) - sizeof(AccessFilter) + AccessFilter::bytes_for(bits);
  };
  const unsigned wanted = index_bits_for(threads_made.fetch_add(1, std::memory_order_relaxed));
  unsigned bits = wanted;
  for (; bits >= AccessFilter::index_bits_min; --bits) {
    if (with_filter_of(bits) > memory_left() / part_of_budget) { continue; }
    thread = static_cast<Thread*>(obtain_memory(with_filter_of(bits)));
    if (thread != nullptr) { break; }
  }
  if (thread == nullptr) {
    bits = AccessFilter::index_bits_disabled;
    thread = static_cast<Thread*>(obtain_memory(with_filter_of(bits)));
  }
  if (thread != nullptr) {
    thread->filter.use_entries(bits);
    if (bits != wanted) { recorder().small_filters.fetch_add(1, std::memory_order_relaxed); }
    Thread* first = known_threads.load(std::memory_order_relaxed);
    do {
      thread->next_known = first;
      // Release: whoever walks the list sees the link.
    } while (!known_threads.compare_exchange_weak(first, thread, std::memory_order_release, std::memory_order_relaxed));
  }
  return thread;
}

// The recording ends where the program ended it: what other threads do while it is being sealed is not in it, and that is
// no loss.
void count_lost(std::uint64_t events) {
  const Phase phase = recorder().phase.load(std::memory_order_acquire);
  if (phase != Phase::finishing && phase != Phase::finished) {
    recorder().lost_events.fetch_add(events, std::memory_order_relaxed);
  }
}

// The memory behind this thread's stack; with glibc its thread-local storage is part of it.
void find_stack(Task& task) {
  const KeepErrno keep_errno;
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
    void* lowest = nullptr;
    std::size_t size = 0;
    if (pthread_attr_getstack(&attributes, &lowest, &size) == 0) {
      task.stack_memory = reinterpret_cast<std::uintptr_t>(lowest);
      task.stack_bytes = size;
    }
    pthread_attr_destroy(&attributes);
  }
}

}  // namespace

Thread* first_known_thread() { return known_threads.load(std::memory_order_acquire); }

bool is_only_thread(const Thread* self) {
  for (const Thread* thread = first_known_thread(); thread != nullptr; thread = thread->next_known) {
    if (thread != self && thread->in_use) { return false; }
  }
  return true;
}

void recycle(Thread* thread) {
  thread->in_use = false;
  const SpinGuard guard(free_threads_lock);
  thread->next_free = free_threads;
  free_threads = thread;
}

void forget_threads_of_parent(Thread* survivor) {
  free_threads_lock.reset();
  free_threads = nullptr;
  for (Thread* thread = first_known_thread(); thread != nullptr; thread = thread->next_known) {
    thread->give_back_windows();
    thread->busy = thread->closing = false;
    if (thread != survivor) { recycle(thread); }
  }
}

void abandon_section(State& s) {
  if (Thread* thread = s.thread; thread != nullptr) {
    if (thread->wanted_stripe != 0) {
      const std::uint32_t stripe = thread->wanted_stripe - 1;
      // Just before and just after holds_stripe is changed, only time can tell who has the lock: nobody else keeps it.
      constexpr std::uint64_t longer_than_anybody_ns = 50'000'000;
      if (thread->holds_stripe ||
          !wait_until([stripe] { return !tickets().is_locked(stripe); }, longer_than_anybody_ns)) {
        tickets().unlock(stripe);
      }
    }
    thread->holds_stripe = false;
    thread->wanted_stripe = 0;
    thread->in_flight = 0;
    __atomic_store_n(&thread->window_locked, 0u, __ATOMIC_RELEASE);
    thread->lose(/*order=*/true);
    Section::end(*thread);
  }
  s.inside = 0;
}

bool recover(State& s) {
  // Recorder code below us on the stack is alive; above us it is gone. So is what stands where we are: between a handler
  // and what it interrupted lies the frame of the signal.
  constexpr std::uintptr_t signal_frame_bytes = 512;
  const std::uintptr_t here = stack_pointer() + signal_frame_bytes;
  if (here <= s.inside || here - s.inside >= section_stack_bytes) { return false; }
  // On a handler's own stack, which may lie anywhere, that says nothing.
  stack_t alternate{};
  sys::call(SYS_sigaltstack, 0, sys::word(&alternate));
  if ((alternate.ss_flags & SS_ONSTACK) != 0) { return false; }
  abandon_section(s);
  return true;
}

void choose_memory(State& s) {
  Thread* thread = s.thread;
  const bool wanted =
      thread != nullptr && thread->task->ignoring == 0 && recorder().memory.load(std::memory_order_relaxed);
  s.memory = wanted ? thread : nullptr;
}

Thread* attach(State& s, Task* self) {
  if (s.ended || !is_recording()) { return nullptr; }
  Section::enter(s);
  ++s.quiet;
  Task* task = self;
  if (task == nullptr) {
    const bool is_main = sys::call(SYS_gettid) == sys::process_id();
    task = make_task(is_main ? trace::TaskKind::main : trace::TaskKind::thread);
  }
  Thread* thread = task == nullptr ? nullptr : obtain_thread();
  if (thread == nullptr) {
    // What is ordered through a thread that is not recorded would look unordered.
    stop(no_memory_for_thread());
  } else {
    thread->own = thread->task = task;
    thread->kernel_id = static_cast<int>(sys::call(SYS_gettid));
    __atomic_store_n(&thread->wait.since, 0u, __ATOMIC_RELAXED);
    thread->stack.clear();
    thread->filter.new_epoch();
    if (!recorder().filter.load(std::memory_order_relaxed)) { thread->filter.disable(); }
    thread->last_load = LastLoad{};
    thread->last_change = LastChange{};
    thread->wanted_stripe = 0;
    thread->holds_stripe = false;
    thread->in_flight = 0;
    thread->lost = 0;
    thread->lost_order = false;
    thread->deferred_begin = thread->deferred_end = 0;
    thread->in_use = true;
    Section::begin(*thread);
    if (!thread->open_stream()) {
      Section::end(*thread);
      recycle(thread);
      thread = nullptr;
    }
  }
  if (thread == nullptr) {
    count_lost(1);
  } else {
    s.thread = thread;
    choose_memory(s);
    task->started = true;
    write_ordered(*thread, Op::task_start, 0, static_cast<std::uint8_t>(task->kind), task->id,
                  thread->take(Tickets::stripe_of_task(task->id)), 0);
    if (self == nullptr && task->kind == trace::TaskKind::thread &&
        recorder().thread_asked_for.load(std::memory_order_relaxed)) {
      const auto request = reinterpret_cast<std::uintptr_t>(&recorder().thread_asked_for);
      write_ordered(*thread, Op::acquire, 0, 0, request, thread->take(Tickets::stripe_of(request)), 0);
    }
    if (task->stack_memory == 0) { find_stack(*task); }
    if (task->stack_memory != 0) {
      write_life(*thread, Op::alloc, task->stack_memory, task->stack_bytes, trace::MemoryKind::stack, 0);
    }
    // The main thread's stack is never anybody else's, and outlives it: argv and the environment are there.
    if (task->kind == trace::TaskKind::main) { task->stack_memory = 0; }
    Section::end(*thread);
  }
  --s.quiet;
  Section::leave(s);
  return s.thread;
}

void Thread::put_with_text(Word first, const char* text, std::size_t length) {
  const unsigned words = trace::event_extra(first);
  for (unsigned i = 0; i < words; ++i) {
    Word word = 0;
    for (std::size_t byte = 0; byte < 8 && i * 8 + byte < length; ++byte) {
      word |= Word{static_cast<unsigned char>(text[i * 8 + byte])} << (8 * byte);
    }
    cursor[1 + i] = word;
  }
  __atomic_store_n(cursor, first, __ATOMIC_RELEASE);
  cursor += 1 + words;
}

void Thread::defer(const DeferredEvent& event) {
  // Claimed before it is filled: another handler may come in between.
  const std::uint32_t place = __atomic_fetch_add(&deferred_end, 1u, __ATOMIC_RELAXED);
  if (place >= deferred_max) {
    __atomic_fetch_sub(&deferred_end, 1u, __ATOMIC_RELAXED);
    lose(trace::event_op(event.first) != Op::access_range);
    return;
  }
  deferred[place] = event;
}

// Who reads the recording waits for an event's turn and for nothing behind it in its stream, so tickets must stand in a
// stream in the order in which they were taken. Was the one of the interrupted event taken before, or will it be? Only
// its counter knows: another ticket of the same stripe, taken now and put first, will be the smaller or the larger one
// (write_deferred). It is that of a relaxed fence, which orders nothing.
void Thread::defer_ordered(const DeferredEvent& event) {
  if (const std::uint32_t interrupted = in_flight; interrupted != 0) {
    const Ticket now = tickets().take(interrupted - 1);
    defer({trace::event_word(Op::fence, 1, 0, 0), {trace::ticket_word(now.stripe, 0, now.count), 0}, event.pc});
  }
  defer(event);
}

// There is room for one event; false: for no more.
bool Thread::write_deferred(const Ticket* ticket) {
  while (deferred_begin != deferred_end) {
    const DeferredEvent& event = deferred[deferred_begin];
    const bool ordered = trace::is_ordered(trace::event_op(event.first));
    if (ordered && ticket != nullptr && trace::ticket_stripe(event.extra[0]) == ticket->stripe &&
        trace::ticket_count(event.extra[0]) > ticket->count) {
      return true;
    }
    if (cursor >= __atomic_load_n(&limit, __ATOMIC_RELAXED)) { return false; }
    set_pc(event.pc);
    if (trace::event_extra(event.first) == 1) {
      put(event.first, event.extra[0]);
    } else {
      put(event.first, event.extra[0], event.extra[1]);
    }
    ++deferred_begin;
  }
  // All written: start over, unless a handler adds one just now.
  const std::uint32_t written = deferred_begin;
  std::uint32_t end = written;  // then, if it differs, where it is
  const std::uint32_t none = 0;
  if (written != 0) {
    deferred_begin = 0;
    if (!__atomic_compare_exchange_n(&deferred_end, &end, none, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
      deferred_begin = written;
    }
  }
  return true;
}

bool Thread::prepare(const Ticket* ticket) {
  for (;;) {
    const std::size_t depth = stack.depth();
    std::size_t standing = stack.low() < written_depth ? stack.low() : written_depth;
    // A call that was left and made again from the same place is the same stack.
    while (standing < depth && standing < written_depth && wrote_frame(standing, stack[standing].call_site)) {
      ++standing;
    }
    std::size_t base = written_base;
    std::size_t from = standing;
    // The frames below the base are not in the stream; once the task is back down there, it gets the innermost ones anew.
    if ((base != 0 && standing <= base) || depth - standing > frames_max) {
      base = from = depth > frames_max ? depth - frames_max : 0;
    }
    const std::size_t left = written_depth - (from == standing ? standing : written_base);
    const std::size_t needed = (left != 0 ? 1 : 0) + (depth - from) + (lost != 0 ? 1 : 0);
    Word* end = __atomic_load_n(&limit, __ATOMIC_ACQUIRE);  // pairs with take_over(): whoever finds null sees why
    if (end == nullptr) { return give_up(); }
    if (cursor + needed >= end) {
      if (!begin_next_chunk()) { return give_up(); }
      continue;  // a chunk starts without a call stack
    }
    if (lost != 0) {
      put(trace::event_word(Op::lost, 0, lost_order ? 0 : trace::LostFlag::only_accesses, lost));
      recorder().lost_events.fetch_add(lost, std::memory_order_relaxed);
      lost = 0;
      lost_order = false;
    }
    if (left != 0) { put(trace::event_word(Op::leave, 0, 0, left)); }
    for (std::size_t i = from; i < depth; ++i) {
      put(trace::event_word(Op::enter, 0, 0, stack[i].call_site));
      written_frames[i % written_frames_kept] = {i, stack[i].call_site};
    }
    written_base = base;
    written_depth = depth;
    stack.mark_written();
    if (!write_deferred(ticket) || cursor >= __atomic_load_n(&limit, __ATOMIC_RELAXED)) { continue; }
    return true;
  }
}

bool Thread::give_up() {
  count_lost(lost + 1);
  lost = 0;
  state.thread = nullptr;
  state.memory = nullptr;
  return false;
}

bool Thread::is_watched_here(std::uintptr_t address, std::size_t size) {
  if (is_any_watched(address, size, share, recorder().sample_seed)) { return true; }
  ++left_out;
  return false;
}

// Of the accesses left out, the number since the last call.
std::uint64_t Thread::take_left_out() {
  Recorder& r = recorder();
  (share < r.options.sample ? r.left_out_by_size : r.left_out_by_sample).fetch_add(left_out, std::memory_order_relaxed);
  const std::uint64_t taken = left_out;
  left_out = 0;
  return taken;
}

void silence_all_threads() {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  for (Thread* thread = first_known_thread(); thread != nullptr; thread = thread->next_known) {
    __atomic_store_n(&thread->limit, static_cast<Word*>(nullptr), __ATOMIC_RELAXED);
    for (const Window& window : thread->windows) {
      // It is there for good once it is.
      if (trace::LiveHeader* header = __atomic_load_n(&window.header, __ATOMIC_ACQUIRE); header != nullptr) {
        __atomic_store_n(&header->flags, trace::LiveFlag::stopped, __ATOMIC_RELAXED);
      }
    }
  }
}

void stop_all_threads() {
  for (Thread* thread = first_known_thread(); thread != nullptr; thread = thread->next_known) {
    __atomic_store_n(&thread->closing, true, __ATOMIC_RELAXED);
  }
  sys::barrier_on_all_processors();
  for (Thread* thread = first_known_thread(); thread != nullptr; thread = thread->next_known) {
    // Ourselves: a signal handler ends the process, and what it interrupted never goes on.
    if (thread != state.thread) {
      wait_until([thread] { return !__atomic_load_n(&thread->busy, __ATOMIC_ACQUIRE); });
    }
  }
}

}  // namespace tenter::record
