// The word counts readers by addition, so that a reader comes and goes in one step that cannot fail (the idea is Go's,
// sync/rwmutex.go). While the word is `closed`, which makes it negative, a reader that has counted itself is not in by that.
//
//   0 or more                     that many read
//   closed | writing              a writer has it                                          and so many readers came, and
//   closed | queued [| turn]      a writer waits for those that `before` counts            have not seen yet that it is
//   closed | writing | queued     a writer has it, and others wait in the parking lot      closed
//
// Whoever comes and finds it closed takes its count back and waits without being counted. Meanwhile the word may have been
// opened, though, and by that the reader let in: see was_let_in(). Who leaves while it is closed for a writer tells so under
// the lot's lock, and the last of those in `before` hands the lock on. No reader that comes later is among them, so it
// cannot be taken for the last one. Handing on is the last touch of the lock; the next owner may destroy it.
//
// `before` also has the `turn` of the word: the other one each time that readers are in and the word is closed for a writer.
// Both change only under the lot's lock.
//
// As only a writer, or a reader behind a writer, ever starts a queue, its first waiter is a writer whenever readers have the
// lock, unless that one's run has ended.
#include <tenter/sync.h>

#include "task/backoff.h"
#include "task/call.h"
#include "task/parking_lot.h"

namespace tenter {
namespace {

constexpr std::uint32_t closed = 0xc000'0000;  // two bits: the word stays negative if too much is subtracted
constexpr std::uint32_t writing = 0x2000'0000;
constexpr std::uint32_t queued = 0x1000'0000;
constexpr std::uint32_t turn = 0x0800'0000;
// Fewer than no readers: one who never had the lock has given it up, and is about to take that back.
constexpr std::uint32_t torn = 0x0400'0000;
constexpr std::uint32_t readers = torn - 1;
constexpr std::uint32_t owned = closed | writing;
constexpr int kind = 5;       // trace::LockKind::task_rwmutex
constexpr int is_shared = 1;  // as in <tenter/annotate.h>
constexpr int is_attempt = 2;

constexpr std::int64_t patience_ns = 50'000;  // then one queues, and holds up all who come later

using detail::Agent;
using detail::LotWaiter;
using detail::ParkingLot;

bool is_closed(std::uint32_t word) { return static_cast<std::int32_t>(word) < 0; }
bool is_torn(std::uint32_t word) { return (word & torn) != 0; }
// All but the count; where it is torn, what was borrowed is given back first.
std::uint32_t flags_of(std::uint32_t word) { return (is_torn(word) ? word + torn : word) & ~(torn | readers); }
// Readers have it, and somebody waits.
bool is_pending(std::uint32_t word) { return (flags_of(word) & (writing | queued)) == queued; }

[[noreturn]] void throw_unlock_error(const void* lock, const char* what) {
  TENTER_ANNOTATE(tenter_misuse(4, lock));
  throw UnlockError(what);
}

// One who finds the lock taken looks again for a while, as long as nobody has queued: sections are short, and the lock that is
// handed to one who waits is useless until that one runs. Among tasks that use one lock all the time, the first queue
// would make all others queue behind it, and so on for ever. Therefore, a task also lets those run that its worker has:
// they may be the ones that hold the lock.
class Attempts {
 public:
  bool another() {
    if (backoff_.pause()) { return true; }
    const std::int64_t now = detail::now_ns();
    if (until_ns_ == 0) { until_ns_ = now + patience_ns; }
    return now < until_ns_ && detail::let_others_run();
  }

 private:
  detail::Backoff backoff_{detail::others_run()};
  std::int64_t until_ns_ = 0;
};

// A reader has counted itself, which led to `after`, and found the word closed. True: it was let in meanwhile. False: it
// is no longer counted.
bool was_let_in(std::atomic<std::uint32_t>& word, std::uint32_t after) {
  // Acquires what the writer did before it opened the word: all others' steps on the word are read-modify-writes, which
  // carry that on.
  std::uint32_t state = word.load(std::memory_order_acquire);
  if (!is_closed(flags_of(after))) { return true; }  // it only was torn
  for (;;) {
    if (is_torn(state)) {
      detail::cpu_relax();
      state = word.load(std::memory_order_acquire);
      continue;
    }
    if (!is_closed(state)) { return true; }
    // A writer that has gone let in whoever was counted then; another one can have come only by waiting for them. As it waits
    // for this one too, the word cannot have been opened and closed more than once.
    const bool is_another_time =
        is_pending(state) && ((flags_of(after) & writing) != 0 || ((flags_of(after) ^ state) & turn) != 0);
    if (is_another_time) { return true; }
    if (word.compare_exchange_weak(state, state - 1, std::memory_order_acquire, std::memory_order_acquire)) {
      return false;
    }
  }
}

// With the bucket locked, and the word closed for waiters that are gone with their run: one more reader joins those that
// have the lock. False: it is not so, or the word has just changed.
bool join_locked(ParkingLot::Bucket& bucket, const void* lock, std::atomic<std::uint32_t>& word,
                 std::uint32_t& before) {
  std::uint32_t state = word.load(std::memory_order_relaxed);
  if (is_torn(state) || !is_pending(state) || bucket.front(lock) != nullptr) { return false; }
  if (!word.compare_exchange_strong(state, state + 1, std::memory_order_acquire, std::memory_order_relaxed)) {
    return false;
  }
  ++before;
  return true;
}

// Waits until the lock is handed over. False: it has changed, look again.
bool wait_for_it(const void* lock, std::atomic<std::uint32_t>& word, std::uint32_t& before, bool to_read) {
  Agent& self = detail::current_agent();
  ParkingLot::Bucket& bucket = ParkingLot::bucket_of(lock);
  bucket.lock.lock();
  if (to_read && join_locked(bucket, lock, word, before)) {
    bucket.lock.unlock();
    return true;
  }
  const std::uint32_t next_turn = ~before & turn;
  std::uint32_t state = word.load(std::memory_order_relaxed);
  for (;;) {
    const bool must_wait = to_read ? is_closed(state) : state != 0;
    if (!must_wait || is_torn(state)) {
      bucket.lock.unlock();
      return false;
    }
    if ((state & queued) != 0) { break; }
    std::uint32_t next = state | queued;
    if (!is_closed(state)) {
      // All that are counted are in, even if some have yet to see it.
      before = next_turn | state;
      next |= closed | next_turn;
    }
    if (word.compare_exchange_weak(state, next, std::memory_order_relaxed, std::memory_order_relaxed)) { break; }
  }
  bucket.wait(self, to_read ? detail::WaitKind::shared_lock : detail::WaitKind::lock, lock, to_read ? 1 : 0);
  return true;
}

// With the bucket locked, and the lock otherwise free: gives it to those who are next, and returns those of them that wait.
// After a writer all readers are next, those that have just counted themselves included; else, and after readers, it is the
// one that waits longest, which can be a reader only if the writers before it are gone with their run. The word is touched
// for the last time here, and `before` before that.
LotWaiter* hand_on(ParkingLot::Bucket& bucket, const void* lock, std::atomic<std::uint32_t>& word,
                   std::uint32_t& before, bool after_writer) {
  LotWaiter* waiting_readers = nullptr;
  std::uint32_t given = 0;
  if (const LotWaiter* first = bucket.front(lock); first != nullptr && (after_writer || first->wants == 1)) {
    waiting_readers = bucket.take(lock, [](const LotWaiter& waiter) { return waiter.wants == 1; });
    for (const LotWaiter* reader = waiting_readers; reader != nullptr; reader = reader->next) { ++given; }
  }
  const std::uint32_t next_turn = ~before & turn;
  LotWaiter* writer = nullptr;
  std::uint32_t state = word.load(std::memory_order_relaxed);
  for (;;) {
    if (is_torn(state)) {
      detail::cpu_relax();
      state = word.load(std::memory_order_relaxed);
      continue;
    }
    const std::uint32_t came = state & readers;
    const bool to_readers = given > 0 || (after_writer && came > 0);
    if (!to_readers && writer == nullptr) {
      writer = bucket.pop(lock);
    } else if (to_readers && writer != nullptr) {
      bucket.push_front(*writer);
      writer = nullptr;
    }
    const bool are_others = bucket.front(lock) != nullptr;
    std::uint32_t next = given + came;
    if (writer != nullptr) {
      next |= owned | (are_others ? queued : 0);
    } else if (are_others) {
      before = next_turn | next;
      next |= closed | queued | next_turn;
    }
    // Releases to whoever finds it open, and to the next writer by way of those that it waits for.
    if (word.compare_exchange_weak(state, next, std::memory_order_acq_rel, std::memory_order_relaxed)) { break; }
  }
  if (writer != nullptr) { writer->next = nullptr; }
  return writer != nullptr ? writer : waiting_readers;
}

// The caller, who had the lock to read, is not counted any more, and found the word closed. False: it had no lock.
bool check_out(const void* lock, std::atomic<std::uint32_t>& word, std::uint32_t& before) {
  ParkingLot::Bucket& bucket = ParkingLot::bucket_of(lock);
  LotWaiter* next = nullptr;
  bucket.lock.lock();
  const bool had_it = is_pending(word.load(std::memory_order_relaxed)) && (before & readers) > 0;
  // Until then nobody else is given the lock, so it still is there.
  if (had_it && (--before & readers) == 0) { next = hand_on(bucket, lock, word, before, false); }
  bucket.lock.unlock();
  ParkingLot::unpark_all(next);
  return had_it;
}

// Returns with the lock. The caller is not counted yet.
[[gnu::always_inline]] inline void wait_to_read(const void* lock, std::atomic<std::uint32_t>& word,
                                                std::uint32_t& before) {
  detail::Backoff contended;
  for (Attempts attempts;;) {
    std::uint32_t state = word.load(std::memory_order_relaxed);
    if (!is_closed(state)) {
      if (word.compare_exchange_strong(state, state + 1, std::memory_order_acquire, std::memory_order_relaxed)) {
        return;
      }
      contended.pause();  // other readers come and go
      continue;
    }
    if ((state & queued) == 0 && attempts.another()) { continue; }
    if (wait_for_it(lock, word, before, true)) { return; }
  }
}

}  // namespace

RWMutex::~RWMutex() {
  const detail::Call call(__builtin_return_address(0));
  if ((state_.load(std::memory_order_relaxed) & queued) != 0) { ParkingLot::forget(this); }
  TENTER_ANNOTATE(tenter_lock_destroy(this));
}

void RWMutex::lock() {
  std::uint32_t expected = 0;
  if (detail::charge_quickly() && state_.compare_exchange_strong(expected, owned, std::memory_order_acquire,
                                                                 std::memory_order_relaxed)) [[likely]] {
    return;
  }
  lock_fully(__builtin_return_address(0));
}

[[gnu::noinline]] void RWMutex::lock_fully(const void* call_site) {
  const detail::Call call(call_site);
  detail::finish_charge();
  for (Attempts attempts;;) {
    // Acquires what the writer before did, and what each reader did that left: those are steps of one release sequence.
    std::uint32_t expected = 0;
    if (state_.compare_exchange_strong(expected, owned, std::memory_order_acquire, std::memory_order_relaxed)) {
      break;
    }
    if ((expected & queued) == 0 && attempts.another()) { continue; }
    if (wait_for_it(this, state_, before_, false)) { break; }
  }
  TENTER_ANNOTATE(tenter_lock_acquired(this, kind, 0));
}

bool RWMutex::try_lock() {
  const detail::Call call(__builtin_return_address(0));
  detail::charge();
  std::uint32_t expected = 0;
  if (!state_.compare_exchange_strong(expected, owned, std::memory_order_acquire, std::memory_order_relaxed)) {
    TENTER_ANNOTATE(tenter_lock_refused(this, kind, 0));
    return false;
  }
  TENTER_ANNOTATE(tenter_lock_acquired(this, kind, is_attempt));
  return true;
}

void RWMutex::unlock() {
  std::uint32_t expected = owned;
  if (!tenter_recording() &&
      state_.compare_exchange_strong(expected, 0, std::memory_order_release, std::memory_order_relaxed)) [[likely]] {
    return;
  }
  unlock_fully(__builtin_return_address(0));
}

[[gnu::noinline]] void RWMutex::unlock_fully(const void* call_site) {
  const detail::Call call(call_site);
  if ((flags_of(state_.load(std::memory_order_relaxed)) & writing) == 0) {
    throw_unlock_error(this, "unlock of a read-write mutex that no writer has locked");
  }
  TENTER_ANNOTATE(tenter_lock_releasing(this, kind, 0));
  std::uint32_t expected = owned;
  if (state_.compare_exchange_strong(expected, 0, std::memory_order_release, std::memory_order_relaxed)) { return; }

  ParkingLot::Bucket& bucket = ParkingLot::bucket_of(this);
  bucket.lock.lock();
  LotWaiter* const next = hand_on(bucket, this, state_, before_, true);
  bucket.lock.unlock();
  ParkingLot::unpark_all(next);
}

void RWMutex::lock_shared() {
  if (!detail::charge_quickly()) [[unlikely]] {
    lock_shared_fully(__builtin_return_address(0));
    return;
  }
  const std::uint32_t after = state_.fetch_add(1, std::memory_order_acquire) + 1;
  if (is_closed(after)) [[unlikely]] { lock_shared_closed(after, __builtin_return_address(0)); }
}

[[gnu::noinline]] void RWMutex::lock_shared_closed(std::uint32_t after, const void* call_site) {
  const detail::Call call(call_site);
  if (!was_let_in(state_, after)) { wait_to_read(this, state_, before_); }
}

[[gnu::noinline]] void RWMutex::lock_shared_fully(const void* call_site) {
  const detail::Call call(call_site);
  detail::finish_charge();
  wait_to_read(this, state_, before_);
  TENTER_ANNOTATE(tenter_lock_acquired(this, kind, is_shared));
}

bool RWMutex::try_lock_shared() {
  const detail::Call call(__builtin_return_address(0));
  detail::charge();
  std::uint32_t state = state_.load(std::memory_order_relaxed);
  while (!is_closed(state)) {
    if (state_.compare_exchange_weak(state, state + 1, std::memory_order_acquire, std::memory_order_relaxed)) {
      TENTER_ANNOTATE(tenter_lock_acquired(this, kind, is_shared | is_attempt));
      return true;
    }
  }
  bool joined = false;
  if (is_pending(state)) {
    ParkingLot::Bucket& bucket = ParkingLot::bucket_of(this);
    detail::FutexGuard guard(bucket.lock);
    joined = join_locked(bucket, this, state_, before_);
  }
  if (!joined) {
    TENTER_ANNOTATE(tenter_lock_refused(this, kind, is_shared));
    return false;
  }
  TENTER_ANNOTATE(tenter_lock_acquired(this, kind, is_shared | is_attempt));
  return true;
}

void RWMutex::unlock_shared() {
  // Pairs with the acquire of the writer that has it next.
  if (!tenter_recording() && !is_closed(state_.fetch_sub(1, std::memory_order_release) - 1)) [[likely]] { return; }
  unlock_shared_fully(__builtin_return_address(0));
}

[[gnu::noinline]] void RWMutex::unlock_shared_fully(const void* call_site) {
  const detail::Call call(call_site);
  constexpr const char* misuse = "unlock_shared of a read-write mutex that no reader has locked";
  if (tenter_recording()) {
    const std::uint32_t state = state_.load(std::memory_order_relaxed);
    if ((state & readers) == 0 || (flags_of(state) & writing) != 0) { throw_unlock_error(this, misuse); }
    TENTER_ANNOTATE(tenter_lock_releasing(this, kind, is_shared));
    if (!is_closed(state_.fetch_sub(1, std::memory_order_release) - 1)) { return; }
  }
  if (check_out(this, state_, before_)) { return; }
  state_.fetch_add(1, std::memory_order_relaxed);
  throw_unlock_error(this, misuse);
}

}  // namespace tenter
