// Thread is the recorder's state of one OS thread: its stream, the window of the file that it fills, the calls that the
// running task is in, and its access filter. State is the little that must be thread-local.
//
// Events go straight into the window. Only the thread itself writes there, so an event is an ordinary store; its first
// word is stored last, hence whoever reads the window after a crash finds whole events. A full window is sealed:
// written as a compressed chunk and emptied, or handed over to somebody who does that (windows.cc).
//
// Signals. A handler may interrupt the recorder anywhere and come back into it. State::inside is set while
// the window or anything shared is being changed; a handler that finds it set takes its tickets as usual and puts its
// events aside, to be written before the thread's next event. A handler that leaves by longjmp leaves it
// set, with a stack pointer that the next entry recognizes as dead.
#pragma once
#include <atomic>
#include <cstdint>

#include "record/hang.h"
#include "record/access_filter.h"
#include "record/output.h"
#include "record/record.h"
#include "record/shadow_stack.h"
#include "record/task.h"
#include "record/tickets.h"
#include "record/watched.h"
#include "trace/event.h"

namespace tenter::record {

using trace::Op;
using trace::Word;

// The last atomic load of a thread, so that a loop that waits for a value writes one event and not a million.
struct LastLoad {
  const void* object;
  std::uint64_t counter;  // of its stripe, after the load: unchanged means that nothing happened there since
  std::uint64_t epoch;
  std::uint8_t order;
  std::uint8_t size;
};

// The last relaxed store or read-modify-write of a thread. Another of the same kind on the same object, in the same
// epoch and with nothing between them on the stripe, is left out: what reads from the later one would have been ordered
// by the earlier one just the same, and as accesses the two stand in for each other as in the filter (access_filter.h).
struct LastChange {
  const void* object;
  std::uint64_t counter;  // of its stripe, after the operation
  std::uint64_t epoch;
  Op op;
  std::uint8_t size;
};

// The last look of a thread at an object. The same again, with nothing between them in the stream nor on the stripe,
// is left out: who held the lock then holds it still, and the thread did nothing that could be told before or after it.
struct LastLook {
  const void* object;
  std::uint64_t counter;  // of its stripe, after the look
  const Word* end;        // where the event ended; null in a chunk that it is not in
  Pc pc;
  std::uint64_t value;
  Op op;
  std::uint8_t flags;
};

// An event of a signal handler that interrupted the recorder.
struct DeferredEvent {
  Word first;
  Word extra[2];  // as many as `first` says; the first one is the ticket where the op is ordered
  Pc pc;
};

// Of a thread's two windows, what becomes of the one that it does not write to.
enum class Spare : std::uint32_t {
  none,     // it is not mapped yet
  refused,  // there is no room for it
  free,     // empty
  held,     // the thread goes over to it, or comes from it, just now
  full,     // handed over: whoever encodes it claims it first
  taken,    // is being encoded
  kept,     // could not be encoded: it stays in the file as it is
};

// Lives in memory of zeros and is never destroyed: a thread that ends leaves it to the next one.
struct Thread {
  Word* cursor;              // the next word goes here
  Word* limit;               // at or above: no room for an event. Null: the window was taken over, or recording stopped
  bool busy;                 // in a Section: takes tickets and writes what it took them for
  bool closing;              // set by whoever finishes the recording: begin no Section
  Pc pc;                     // the stream's current code address
  Word* run_cursor;          // the cursor after the last access; elsewhere: other events followed it
  std::uintptr_t run_next;   // where the last access ended
  std::uint32_t run_count;   // how many neighbours in a row, up to run_shortest
  std::uint32_t run_kind;    // their size and direction
  ShadowStack stack;         // of the running task
  std::size_t written_base;  // frames below were left out of the stream (deep recursion)
  std::size_t written_depth;     // frames [written_base, written_depth) are the stream's call stack
  std::uint64_t lost;            // events dropped since the last one written
  bool lost_order;               // some of them were more than accesses
  std::uint32_t deferred_begin;  // deferred[deferred_begin, deferred_end) wait to be written
  std::uint32_t deferred_end;
  static constexpr std::size_t written_frames_kept = 64;
  struct WrittenFrame {
    std::size_t index;
    Pc call_site;
  } written_frames[written_frames_kept];  // the last that was written of each index; deeper ones push others out
  Task* own;                              // the thread itself
  Task* task;                             // who runs: own, or a task
  LastLoad last_load;
  LastChange last_change;
  LastLook last_look;
  Window windows[2];            // the second one is the spare at first
  std::uint32_t spare;          // a Spare; atomic
  std::uint32_t handed_over;    // while it is full or taken: which of the two windows it is
  std::size_t handed_words;     // and what is in it
  std::uint32_t window_locked;  // by whoever seals or changes the windows
  std::uint32_t wanted_stripe;  // of an atomic operation that is being performed: its stripe + 1
  bool holds_stripe;            // it is locked by now
  std::uint32_t in_flight;      // of an ordered event that is not written yet: its stripe + 1
  Thread* next_known;           // list of all
  Thread* next_free;            // list of those without an OS thread
  bool in_use;
  Share share;             // of the places in memory, those to be watched, until the chunk is full
  std::uint64_t left_out;  // accesses of others, since the last look at the number
  int kernel_id;           // of the OS thread
  Wait wait;
  static constexpr std::uint32_t deferred_max = 256;
  DeferredEvent deferred[deferred_max];

  // Is the access to be left out? Then it is counted.
  bool leaves_out(std::uintptr_t address, std::size_t size) {
    return share != whole && !is_watched_here(address, size);
  }
  std::uint64_t take_left_out();

  static constexpr std::size_t event_words_max = 1 + 1 + trace::max_extra_words;  // with set_pc

  // True if an event may be written now: there is room, and the stream knows the call stack.
  bool ready() const {
    return cursor < __atomic_load_n(&limit, __ATOMIC_RELAXED) && !stack.changed() &&
           (lost | (deferred_end ^ deferred_begin)) == 0;
  }
  // Makes it so. False: this thread records no more. What was put aside is written first; for an event with a ticket,
  // given here, only what took its own ticket earlier, as the tickets of a stripe rise within a stream.
  bool prepare(const Ticket* ticket = nullptr);

  // The ticket of an event that this thread writes next. In a Section.
  Ticket take(std::uint32_t stripe) {
    in_flight = stripe + 1;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    return tickets().take(stripe);
  }
  // It is written, or will not be.
  void landed() {
    std::atomic_signal_fence(std::memory_order_seq_cst);
    in_flight = 0;
  }

  // By a signal handler that interrupted the recorder. With a release the caller begins a new epoch.
  void defer(const DeferredEvent& event);
  // The same for an event with a ticket, whose place among this thread's tickets is kept.
  void defer_ordered(const DeferredEvent& event);
  void lose(bool order) {
    ++lost;
    lost_order |= order;
  }

  // Is this the frame at `index` of the stream's call stack? Below written_depth; false may also mean: not remembered.
  bool wrote_frame(std::size_t index, Pc call_site) const {
    const WrittenFrame& frame = written_frames[index % written_frames_kept];
    return frame.index == index && frame.call_site == call_site;
  }

  // The code address of the next event. After ready() or prepare().
  void set_pc(Pc at) {
    if (at != pc) {
      put(trace::event_word(Op::set_pc, 0, 0, at));
      pc = at;
    }
  }
  void put(Word first) {
    __atomic_store_n(cursor, first, __ATOMIC_RELEASE);  // makes the event whole for readers of the window
    ++cursor;
  }
  void put(Word first, Word second) {
    cursor[1] = second;
    __atomic_store_n(cursor, first, __ATOMIC_RELEASE);
    cursor += 2;
  }
  void put(Word first, Word second, Word third) {
    cursor[1] = second;
    cursor[2] = third;
    __atomic_store_n(cursor, first, __ATOMIC_RELEASE);
    cursor += 3;
  }
  // A plain access. After ready() or prepare(). A loop over an array becomes a run: from its third access on, one event
  // that grows in place.
  void put_access(std::uintptr_t address, unsigned size_log2, bool write, Pc at) {
    const std::uint32_t kind = size_log2 << 1 | (write ? 1u : 0u);
    if (cursor == run_cursor && address == run_next && at == pc && kind == run_kind) {
      if (run_count == run_shortest) {
        if (cursor[-1] < (trace::max_run_count << 2)) {
          __atomic_store_n(&cursor[-1], cursor[-1] + (1 << 2), __ATOMIC_RELEASE);
          run_next += std::size_t{1} << size_log2;
          return;
        }
        run_count = 1;
      } else if (++run_count == run_shortest) {
        const auto flags = static_cast<std::uint8_t>(trace::AccessFlag::run | (write ? trace::AccessFlag::write : 0));
        put(trace::event_word(Op::access_range, 1, flags, address), 1 << 2 | size_log2);
        run_cursor = cursor;
        run_next += std::size_t{1} << size_log2;
        return;
      }
    } else {
      run_count = 1;
      run_kind = kind;
    }
    auto delta = static_cast<std::int64_t>(at - pc);
    if (!trace::fits_pc_delta(delta)) {
      set_pc(at);
      delta = 0;
    }
    pc = at;
    put(trace::access_word(address, size_log2, write, delta));
    run_cursor = cursor;
    run_next = address + (std::size_t{1} << size_log2);
  }
  static constexpr std::uint32_t run_shortest = 3;
  void put_with_text(Word first, const char* text, std::size_t length);

  // The stream's call stack is empty from here on.
  void restart_stack() {
    written_base = written_depth = 0;
    stack.mark_unwritten();
  }

  bool begin_next_chunk();  // as seal(), or the full window is handed over
  bool seal();              // false: recording is over
  bool open_stream();       // a window, and a stream number for it. False: recording is over
  bool close_stream();      // seals and leaves the window empty. False: it stays as it is
  // By anybody, at any time: encodes the window that was handed over, if nobody else has begun to.
  void encode_spare();
  // The same, and waits for whoever is at it. False: they were stopped in the middle for good.
  bool settle_spare();
  // By whoever finishes the recording, on any thread: seals the windows for good. After all threads are `closing`.
  void take_over();
  void give_back_windows();  // in a forked child: they are the parent's

 private:
  bool lock_window();
  void unlock_window();
  unsigned window_in_use() const;
  const Window& window() const { return windows[window_in_use()]; }
  std::size_t words_in_window() const;
  bool write_window(std::size_t count);
  bool has_free_spare();
  void repair_spare();
  bool hand_over();
  void start_chunk();
  bool give_up();
  bool is_watched_here(std::uintptr_t address, std::size_t size) __attribute__((cold, noinline));
  bool write_deferred(const Ticket* ticket);

 public:
  AccessFilter filter;  // the last member: its entries follow
};
static_assert(__builtin_offsetof(Thread, filter) + sizeof(AccessFilter) == sizeof(Thread));

struct State {
  Thread* memory;         // where plain accesses go; null: nowhere, or not known yet
  Thread* thread;         // null: not attached
  std::uintptr_t inside;  // the stack pointer of the recorder's code at work; 0: none
  std::uint32_t quiet;    // how many Quiet objects live
  bool ended;             // thread_end() was called
};
// Zero-initialized and of few bytes: it comes out of the space that libc keeps for libraries loaded late.
// The near callbacks (hooks/near_callbacks.cc) in the program's own files use it, and through it Thread, AccessFilter and
// ShadowStack. Whoever changes one of the four so that those would err raises the number.
extern thread_local constinit State state __asm__("tenter_state_5")
    __attribute__((tls_model("initial-exec"), visibility("default")));

inline std::uintptr_t stack_pointer() {
  std::uintptr_t value;
  asm volatile("mov %%rsp, %0" : "=r"(value));
  return value;
}

// Attaches this thread if it may record. Null otherwise. Out of line: once per thread, or the recorder is off.
Thread* attach(State& s, Task* self) __attribute__((cold, noinline));

// state.inside is set on entry. True: it was left behind by a handler's longjmp and is now clear.
bool recover(State& s) __attribute__((cold, noinline));
// What the recorder was doing will never go on.
void abandon_section(State& s) __attribute__((cold, noinline));
// Further apart: another stack, of which a stack pointer says nothing.
constexpr std::uintptr_t section_stack_bytes = std::uintptr_t{1} << 20;

// Where plain accesses of the running task go.
void choose_memory(State& s);

// The right to change this thread's stream.
//
//   Section section(state);
//   if (Thread* thread = section.thread()) { ... }
//   else if (Thread* thread = section.interrupted()) { ... thread->defer(...) ... }
class Section {
 public:
  explicit Section(State& s) : state_(s) {
    if ((s.inside | s.quiet) != 0) [[unlikely]] {
      if (s.quiet != 0) { return; }
      if (!recover(s)) {
        interrupted_ = s.thread;
        return;
      }
    }
    Thread* thread = s.thread;
    if (thread == nullptr) [[unlikely]] {
      thread = attach(s, nullptr);
      if (thread == nullptr) { return; }
    }
    enter(s);
    begin(*thread);
    if (__atomic_load_n(&thread->closing, __ATOMIC_RELAXED)) [[unlikely]] {
      end(*thread);
      leave(s);
      return;
    }
    thread_ = thread;
  }
  ~Section() {
    if (thread_ != nullptr) {
      end(*thread_);
      leave(state_);
    }
  }
  Section(const Section&) = delete;
  Section& operator=(const Section&) = delete;

  Thread* thread() const { return thread_; }
  Thread* interrupted() const { return interrupted_; }

  // For this thread and its signal handlers, hence only the compiler must keep the order.
  static void enter(State& s) {
    s.inside = stack_pointer();
    std::atomic_signal_fence(std::memory_order_seq_cst);
  }
  static void leave(State& s) {
    std::atomic_signal_fence(std::memory_order_seq_cst);
    s.inside = 0;
  }
  // The finisher sets `closing`, makes every processor pass a barrier and waits while `busy` is set. So here the compiler's
  // order suffices: who has not seen `closing` is waited for.
  static void begin(Thread& thread) {
    __atomic_store_n(&thread.busy, true, __ATOMIC_RELAXED);
    std::atomic_signal_fence(std::memory_order_seq_cst);
  }
  static void end(Thread& thread) { __atomic_store_n(&thread.busy, false, __ATOMIC_RELEASE); }

 private:
  State& state_;
  Thread* thread_ = nullptr;
  Thread* interrupted_ = nullptr;
};

// Writes an ordered event whose ticket was taken. In a Section.
inline void write_ordered(Thread& thread, Op op, std::uint8_t flags, std::uint8_t arg, std::uint64_t payload,
                          Ticket ticket, Pc pc) {
  if (thread.ready() || thread.prepare(&ticket)) [[likely]] {
    thread.set_pc(pc);
    thread.put(trace::event_word(op, 1, flags, payload), trace::ticket_word(ticket.stripe, arg, ticket.count));
  }
  thread.landed();
}
inline void write_ordered(Thread& thread, Op op, std::uint8_t flags, std::uint8_t arg, std::uint64_t payload,
                          std::uint64_t value, Ticket ticket, Pc pc) {
  if (thread.ready() || thread.prepare(&ticket)) [[likely]] {
    thread.set_pc(pc);
    thread.put(trace::event_word(op, 2, flags, payload), trace::ticket_word(ticket.stripe, arg, ticket.count), value);
  }
  thread.landed();
}

// The list of all threads' memory, in use or not.
Thread* first_known_thread();
// For whoever finishes the recording: from its return on no thread takes a ticket, and those taken before are written,
// so that the recording ends with no gap in any order. A thread that was stopped in the middle for good is not waited for.
void stop_all_threads();
// Where recording stops in the middle of the run: no thread writes what it learns from others after this call. What the
// caller did not record might have ordered that, and it would look unordered.
void silence_all_threads();
// Of every thread, what was handed over is in the file as a chunk. False: not all, as somebody was stopped in the middle for good.
bool settle_all_spares();
// Does no thread but this one record?
bool is_only_thread(const Thread* self);
// Gives a Thread back for the next OS thread.
void recycle(Thread* thread);
// In a forked child, which is `survivor`: the others are gone, and all windows are the parent's.
void forget_threads_of_parent(Thread* survivor);

}  // namespace tenter::record
