// One event is one to eight 64-bit little-endian words. The recorder writes them, the reader decodes
// them, and this header is all that the two share: it includes <cstdint> and nothing else.
//
// Two shapes of first word, told apart by the top bit:
//
//   access   1 | write:1 | size_log2:2 | pc_delta:13 (signed) | address:47
//            A plain access of 1, 2, 4 or 8 bytes. Its code address is the stream's current code
//            address plus pc_delta, which then becomes the current one. The whole event is this word.
//
//   other    0 | extra:3 | op:8 | flags:4 | payload:48
//            Everything else. `extra` words follow. `payload` is an address, an id or a code address.
//
// An event whose op is ordered (see is_ordered) has a ticket as its first extra word:
//
//   ticket   stripe:16 | arg:8 | count:40
//            `stripe` is one of 65,536 counters, chosen by the object's address, and `count` is its
//            value taken while the order of operations on that object was fixed (after a lock is
//            acquired, before it is released, inside an atomic operation). Two objects may share a
//            stripe: that only orders more in the file, never in happens-before. The reader replays
//            ordered events stripe by stripe in the order of `count`; counts start at 0, without gaps.
//
// See docs/trace-format.md for the grammar of files and chunks, and for a worked example.
#pragma once
#include <cstdint>

namespace tenter::trace {

using Word = std::uint64_t;

enum class Op : std::uint8_t {
  none = 0,  // never written: a zero word ends the open chunk of a thread that was killed

  // --- where the thread stands (not ordered) -------------------------------------------------
  set_pc = 1,  // payload: the current code address (return address of the callback)
  enter = 2,   // payload: return address of the call that entered a function
  leave = 3,   // payload: how many functions were left since
  lost = 4,    // payload: how many events of this stream were dropped at this place; flags: LostFlag
  name = 5,    // payload: id or address; flags: NameOf; extra words: UTF-8 bytes, zero-padded

  // --- plain memory (not ordered) ------------------------------------------------------------
  access_range = 8,  // payload: address; flags: AccessFlag; extra[0] = size in bytes, or what AccessFlag::run says

  // --- atomics (ordered; flags: MemoryOrder; arg: size in bytes, 255: or more) -----------------
  atomic_load = 16,  // also a failed compare-exchange, with its failure order
  atomic_store = 17,
  atomic_rmw = 18,  // exchange, fetch_*, successful compare-exchange
  fence = 19,       // payload: 0; all fences share one stripe

  // --- locks (ordered; arg: LockKind) ---------------------------------------------------------
  lock_create = 24,
  lock_destroy = 25,
  lock_acquire = 26,  // flags: LockFlag. Written after the lock was obtained
  lock_release = 27,  // flags: LockFlag. Written before the lock is given up
  lock_look = 28,     // an attempt to take it failed: flags: LockFlag::shared. Written after that

  // --- other synchronization objects (ordered) ------------------------------------------------
  cond_signal = 32,     // flags bit 0: broadcast; extra[1]: task woken (0 unknown)
  cond_wake = 33,       // a wait on the condition returned because of a signal, not a time-out
  once_begin = 34,      // this task runs the initialization (pthread_once, static guard, Once)
  once_end = 35,        // it is complete
  once_pass = 36,       // this task saw that it is complete
  barrier_create = 37,  // extra[1]: how many tasks it takes
  barrier_arrive = 38,
  barrier_leave = 39,
  sem_create = 40,  // extra[1]: initial count
  sem_post = 41,    // extra[1]: how many
  sem_wait = 42,    // extra[1]: how many; written after they were obtained
  acquire = 43,     // annotation: everything released on this address happened before
  release = 44,     // annotation; flags: SignalFlag
  wg_create = 45,
  wg_add = 46,      // extra[1]: delta as a signed 64-bit number; negative is done()
  wg_pass = 47,     // wait() returned
  futex_wake = 48,  // a system call has woken waiters of the futex: extra[1] of them. Orders nothing in the program
  sem_look = 49,    // an attempt to obtain extra[1] failed, or the count was asked for. Written after that

  // --- tasks and threads (ordered; payload: task id) ------------------------------------------
  task_create = 56,  // by the creator; arg: TaskKind
  task_start = 57,   // first event of the new task; arg: TaskKind. Again later: the thread turned out to be a worker
  task_end = 58,     // last event of the task
  task_join = 59,    // by the joiner, after the join returned
  task_detach = 60,
  task_resume = 61,   // this OS thread now runs the task; call stack starts empty. 0: its own thread
  task_suspend = 62,  // this OS thread stops running the task
  task_stack =
      63,  // payload: where memory begins whose alloc (of kind stack) came before; extra[1]: the task whose it is

  // --- life of memory (ordered by region; arg: MemoryKind; extra[1] = size in bytes) -----------
  alloc =
      72,  // written after the allocator returned; a thread's own stack has no place, others come before their task_stack
  free = 73,  // written before the allocator gets it back; size 0: as allocated

  // --- channels (ordered; payload: channel address) --------------------------------------------
  // All are written while the channel's own lock is held, except chan_done.
  chan_make = 80,  // extra[1]: capacity
  chan_destroy = 81,
  chan_send = 82,    // this task's send committed: into the buffer, or to partner extra[1] (0: none)
  chan_recv = 83,    // this task's receive committed: from the buffer, or partner extra[1]; flags: ChanFlag
  chan_park = 84,    // this task queues on the channel; flags: ChanFlag::send or 0 for receive
  chan_unpark = 85,  // it left the queue without success (another select case won)
  chan_done = 86,    // the parked operation was completed by a partner, or by close; flags: ChanFlag
  chan_close = 87,
  chan_timer_send = 88,  // a timer put a value in (no task did)
  // Not under the lock: a variable through which the channel can be used begins or ends. extra[1]: its address; flags:
  // HandleFlag. They order nothing in the program.
  handle_birth = 89,
  handle_death = 90,
  chan_look = 91,  // a try or a select could not go ahead, or the length was asked for. Under the lock

  // --- blocking (not ordered) -------------------------------------------------------------------
  wait_begin = 96,  // payload: object (0: none); flags unused; extra[0] = WaitKind
  wait_end = 97,    // of a long wait: payload: when, in us since the recording began; extra[0]: how long, in ns
  // Follows wait_begin(select), or precedes the operation of a select that went ahead at once; payload: channel, 0 where it is the
  // case for when no other is ready; flags: ChanFlag::send, due; extra[0]: the handle that ends with the select, if there is one
  select_case = 98,

  // --- what went wrong, as seen by the program itself (not ordered) ------------------------------
  misuse = 104,  // payload: object; extra[0] = MisuseKind
};

enum class MemoryOrder : std::uint8_t { relaxed, consume, acquire, release, acq_rel, seq_cst };
enum class LockKind : std::uint8_t {
  mutex = 0,
  recursive_mutex = 1,
  rwlock = 2,
  spin = 3,
  task_mutex = 4,
  task_rwmutex = 5,
  errorcheck_mutex = 6,
  rwlock_writers_first = 7  // a writer that waits keeps readers out, also those that read already
};
enum class TaskKind : std::uint8_t {
  main = 0,
  thread = 1,
  task = 2,
  worker = 3
};  // worker: the library's own OS thread
enum class MemoryKind : std::uint8_t { heap = 0, mapping = 1, stack = 2, thread_local_storage = 3 };
enum class NameOf : std::uint8_t { task = 0, lock = 1, channel = 2, object = 3 };
enum class WaitKind : std::uint8_t {
  lock = 0,
  shared_lock = 1,
  condition = 2,
  barrier = 3,
  semaphore = 4,
  join = 5,
  once = 6,
  chan_send = 7,
  chan_recv = 8,
  select = 9,
  wait_group = 10,
  sleep = 11,
  descriptor = 12,
  nil_channel_send = 13,
  nil_channel_recv = 14,
  futex = 15,  // another process may share it
  timed = 16,
  private_futex = 17  // of this process alone
};
enum class MisuseKind : std::uint8_t {
  send_on_closed_channel = 0,
  close_of_closed_channel = 1,
  close_of_nil_channel = 2,
  negative_wait_group = 3,
  unlock_of_unlocked_mutex = 4,
  double_lock = 5,
  destroy_of_locked_mutex = 6,
  uncaught_exception = 7,
  all_tasks_asleep = 8,
  wait_group_misuse = 9  // an add from zero that nothing orders with a wait
};

// flags of lost
struct LostFlag {
  static constexpr std::uint8_t only_accesses = 1;  // what follows is still ordered soundly
};
// flags of access_range
struct AccessFlag {
  static constexpr std::uint8_t write = 1;
  static constexpr std::uint8_t vptr = 2;     // the virtual-table pointer of an object
  static constexpr std::uint8_t library = 4;  // made by a libc function on the caller's behalf
  // Not one access but several neighbours in rising order, of 1, 2, 4 or 8 bytes each: extra[0] = count << 2 | size_log2.
  static constexpr std::uint8_t run = 8;
};
// More than a run may count: a longer one is damage.
constexpr std::uint64_t max_run_count = std::uint64_t{1} << 20;
// flags of lock_acquire and lock_release
struct LockFlag {
  static constexpr std::uint8_t shared = 1;
  static constexpr std::uint8_t attempt = 2;  // a try_lock or timed lock: it did not wait for ever
  static constexpr std::uint8_t again = 4;    // the same task held it already (recursive)
  static constexpr std::uint8_t wait = 8;     // part of a condition wait
};
// flags of release
struct SignalFlag {
  static constexpr std::uint8_t handler = 1;  // the program installs a handler, which may run at any time from now on
};
// flags of channel events
struct ChanFlag {
  static constexpr std::uint8_t send = 1;
  static constexpr std::uint8_t closed = 2;  // chan_recv, chan_done: woken or answered by close
  static constexpr std::uint8_t due = 2;     // select_case: time alone makes it ready, unless somebody stops a timer
  static constexpr std::uint8_t select = 4;
  static constexpr std::uint8_t attempt = 8;  // chan_send, chan_recv: a try, which would not have waited
};

// flags of handle_birth and handle_death
struct HandleFlag {
  static constexpr std::uint8_t send = 1;  // and close
  static constexpr std::uint8_t receive = 2;
  static constexpr std::uint8_t copied = 4;  // birth: as a copy of another
  static constexpr std::uint8_t moved = 8;   // birth: takes over from another; death: another takes over
  // Nothing is both copied and moved. Together with send alone: no variable, but what comes from outside, such as signals.
  static constexpr std::uint8_t outside = send | copied | moved;
  // Together with both directions, birth: the channel is a context's done(), and it is closed by cancelling through this.
  // Copies of it are ordinary births, and its death is an ordinary death.
  static constexpr std::uint8_t cancel = send | receive | copied | moved;
  // Birth: nothing begins, but the task, which has just begun to wait, holds this cancel function itself.
  static constexpr std::uint8_t held = receive | copied | moved;
};

constexpr bool is_ordered(Op op) {
  const auto n = static_cast<unsigned>(op);
  return n >= 16 && n < 96;
}

// ---- words -------------------------------------------------------------------------------------

constexpr unsigned address_bits = 47;
constexpr Word address_mask = (Word{1} << address_bits) - 1;
constexpr Word payload_mask = (Word{1} << 48) - 1;
constexpr std::int64_t pc_delta_min = -4096;
constexpr std::int64_t pc_delta_max = 4095;
constexpr unsigned max_extra_words = 7;
constexpr unsigned max_name_bytes = max_extra_words * 8;

constexpr bool fits_pc_delta(std::int64_t delta) { return delta >= pc_delta_min && delta <= pc_delta_max; }

constexpr Word access_word(std::uint64_t address, unsigned size_log2, bool write, std::int64_t pc_delta) {
  return (Word{1} << 63) | (Word{write} << 62) | (Word{size_log2 & 3u} << 60) |
         ((static_cast<Word>(pc_delta) & 0x1fff) << 47) | (address & address_mask);
}
constexpr bool is_access(Word word) { return (word >> 63) != 0; }
constexpr bool access_is_write(Word word) { return ((word >> 62) & 1) != 0; }
constexpr unsigned access_size_log2(Word word) { return static_cast<unsigned>(word >> 60) & 3u; }
constexpr std::int64_t access_pc_delta(Word word) {
  const auto raw = static_cast<std::int64_t>((word >> 47) & 0x1fff);
  return raw >= 4096 ? raw - 8192 : raw;
}
constexpr std::uint64_t access_address(Word word) { return word & address_mask; }

constexpr Word event_word(Op op, unsigned extra, std::uint8_t flags, std::uint64_t payload) {
  return (Word{extra & 7u} << 60) | (Word{static_cast<std::uint8_t>(op)} << 52) | (Word{flags & 15u} << 48) |
         (payload & payload_mask);
}
constexpr unsigned event_extra(Word word) { return static_cast<unsigned>(word >> 60) & 7u; }
constexpr Op event_op(Word word) { return static_cast<Op>((word >> 52) & 0xff); }
constexpr std::uint8_t event_flags(Word word) { return static_cast<std::uint8_t>((word >> 48) & 15); }
constexpr std::uint64_t event_payload(Word word) { return word & payload_mask; }

constexpr Word ticket_word(std::uint32_t stripe, std::uint8_t arg, std::uint64_t count) {
  return (Word{stripe & 0xffffu} << 48) | (Word{arg} << 40) | (count & ((Word{1} << 40) - 1));
}
constexpr std::uint32_t ticket_stripe(Word word) { return static_cast<std::uint32_t>(word >> 48); }
constexpr std::uint8_t ticket_arg(Word word) { return static_cast<std::uint8_t>(word >> 40); }
constexpr std::uint64_t ticket_count(Word word) { return word & ((Word{1} << 40) - 1); }

static_assert(access_pc_delta(access_word(0x7fffdeadbeef, 3, true, -4096)) == -4096);
static_assert(access_address(access_word(0x7fffdeadbeef, 3, true, 4095)) == 0x7fffdeadbeef);
static_assert(event_payload(event_word(Op::chan_send, 2, 5, 0x7fffdeadbeef)) == 0x7fffdeadbeef);
static_assert(ticket_count(ticket_word(65535, 255, 12345)) == 12345);

}  // namespace tenter::trace
