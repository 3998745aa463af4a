// The word: `writing`, `queued` (somebody waits in the parking lot), and the number of readers.
//
// Whoever finds `queued` set queues, too. As only a writer, or a reader behind a writer, ever starts a queue, its first
// waiter is a writer whenever readers have the lock. The lock is always handed over: who leaves decides who is next.
#include <tenter/sync.h>

#include "task/backoff.h"
#include "task/call.h"
#include "task/parking_lot.h"

namespace tenter {
namespace {

constexpr std::uint32_t writing = 1;
constexpr std::uint32_t queued = 2;
constexpr std::uint32_t one_reader = 4;
constexpr int kind = 5;       // trace::LockKind::task_rwmutex
constexpr int is_shared = 1;  // as in <tenter/annotate.h>
constexpr int is_attempt = 2;

constexpr std::int64_t patience_ns = 50'000;  // then one queues, and holds up all who come later

using detail::Agent;
using detail::LotWaiter;
using detail::ParkingLot;

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

// Waits until the lock is handed over. False: it has changed, look again.
bool wait_for_it(const void* lock, std::atomic<std::uint32_t>& word, bool to_read) {
  Agent& self = detail::current_agent();
  ParkingLot::Bucket& bucket = ParkingLot::bucket_of(lock);
  bucket.lock.lock();
  // A queue of which nobody is left, because their run has ended, holds nobody up.
  if (bucket.front(lock) == nullptr) { word.fetch_and(~queued, std::memory_order_relaxed); }
  std::uint32_t state = word.load(std::memory_order_relaxed);
  do {
    const bool must_wait = to_read ? (state & (writing | queued)) != 0 : state != 0;
    if (!must_wait) {
      bucket.lock.unlock();
      return false;
    }
  } while (!word.compare_exchange_weak(state, state | queued, std::memory_order_relaxed, std::memory_order_relaxed));
  bucket.wait(self, to_read ? detail::WaitKind::shared_lock : detail::WaitKind::lock, lock, to_read ? 1 : 0);
  return true;
}

// With the bucket locked, and the lock otherwise free: gives it to those who are next, and returns them. After a writer all
// readers that wait are next; else, and after readers, it is the one that waits longest, which can be a reader only if
// the writers before it are gone with their run. The word is touched for the last time here.
LotWaiter* hand_on(ParkingLot::Bucket& bucket, const void* lock, std::atomic<std::uint32_t>& word, bool readers_first) {
  LotWaiter* next = nullptr;
  std::uint32_t state = 0;
  if (const LotWaiter* first = bucket.front(lock); first != nullptr && (readers_first || first->wants == 1)) {
    next = bucket.take(lock, [](const LotWaiter& waiter) { return waiter.wants == 1; });
    for (const LotWaiter* reader = next; reader != nullptr; reader = reader->next) { state += one_reader; }
  }
  if (next == nullptr) {
    next = bucket.pop(lock);
    if (next != nullptr) {
      next->next = nullptr;
      state = writing;
    }
  }
  if (bucket.front(lock) != nullptr) { state |= queued; }
  word.store(state, std::memory_order_release);
  return next;
}

}  // namespace

RWMutex::~RWMutex() {
  const detail::Call call(__builtin_return_address(0));
  if ((state_.load(std::memory_order_relaxed) & queued) != 0) { ParkingLot::forget(this); }
  TENTER_ANNOTATE(tenter_lock_destroy(this));
}

void RWMutex::lock() {
  std::uint32_t expected = 0;
  if (!tenter_recording() && detail::charge_quickly() &&
      state_.compare_exchange_strong(expected, writing, std::memory_order_acquire, std::memory_order_relaxed))
      [[likely]] {
    return;
  }
  lock_fully(__builtin_return_address(0));
}

[[gnu::noinline]] void RWMutex::lock_fully(const void* call_site) {
  const detail::Call call(call_site);
  detail::charge();
  for (Attempts attempts;;) {
    std::uint32_t expected = 0;
    if (state_.compare_exchange_strong(expected, writing, std::memory_order_acquire, std::memory_order_relaxed)) {
      break;
    }
    if ((expected & queued) == 0 && attempts.another()) { continue; }
    if (wait_for_it(this, state_, false)) { break; }
  }
  TENTER_ANNOTATE(tenter_lock_acquired(this, kind, 0));
}

bool RWMutex::try_lock() {
  const detail::Call call(__builtin_return_address(0));
  detail::charge();
  std::uint32_t expected = 0;
  while (!state_.compare_exchange_strong(expected, writing, std::memory_order_acquire, std::memory_order_relaxed)) {
    if (expected != queued || !ParkingLot::drop_abandoned(this, state_, queued)) { return false; }
    expected = 0;
  }
  TENTER_ANNOTATE(tenter_lock_acquired(this, kind, is_attempt));
  return true;
}

void RWMutex::unlock() {
  std::uint32_t expected = writing;
  if (!tenter_recording() &&
      state_.compare_exchange_strong(expected, 0, std::memory_order_release, std::memory_order_relaxed)) [[likely]] {
    return;
  }
  unlock_fully(__builtin_return_address(0));
}

[[gnu::noinline]] void RWMutex::unlock_fully(const void* call_site) {
  const detail::Call call(call_site);
  if ((state_.load(std::memory_order_relaxed) & writing) == 0) {
    throw_unlock_error(this, "unlock of a read-write mutex that no writer has locked");
  }
  TENTER_ANNOTATE(tenter_lock_releasing(this, kind, 0));
  std::uint32_t expected = writing;
  if (state_.compare_exchange_strong(expected, 0, std::memory_order_release, std::memory_order_relaxed)) { return; }

  ParkingLot::Bucket& bucket = ParkingLot::bucket_of(this);
  bucket.lock.lock();
  LotWaiter* const next = hand_on(bucket, this, state_, true);
  bucket.lock.unlock();
  ParkingLot::unpark_all(next);
}

void RWMutex::lock_shared() {
  // There usually is no other reader at this moment. To load the word first would cost more than a failed guess now and
  // then: right after the step on it with which the last one left, the load waits for that step.
  std::uint32_t expected = 0;
  if (!tenter_recording() && detail::charge_quickly() &&
      state_.compare_exchange_strong(expected, one_reader, std::memory_order_acquire, std::memory_order_relaxed))
      [[likely]] {
    return;
  }
  lock_shared_fully(__builtin_return_address(0));
}

[[gnu::noinline]] void RWMutex::lock_shared_fully(const void* call_site) {
  const detail::Call call(call_site);
  detail::charge();
  detail::Backoff contended;
  for (Attempts attempts;;) {
    std::uint32_t state = state_.load(std::memory_order_relaxed);
    if ((state & (writing | queued)) == 0) {
      if (state_.compare_exchange_strong(state, state + one_reader, std::memory_order_acquire,
                                         std::memory_order_relaxed)) {
        break;
      }
      contended.pause();  // other readers come and go
      continue;
    }
    if ((state & queued) == 0 && attempts.another()) { continue; }
    if (wait_for_it(this, state_, true)) { break; }
  }
  TENTER_ANNOTATE(tenter_lock_acquired(this, kind, is_shared));
}

bool RWMutex::try_lock_shared() {
  const detail::Call call(__builtin_return_address(0));
  detail::charge();
  std::uint32_t state = 0;
  do {
    state = state_.load(std::memory_order_relaxed);
    while ((state & (writing | queued)) == 0) {
      if (state_.compare_exchange_weak(state, state + one_reader, std::memory_order_acquire,
                                       std::memory_order_relaxed)) {
        TENTER_ANNOTATE(tenter_lock_acquired(this, kind, is_shared | is_attempt));
        return true;
      }
    }
  } while ((state & writing) == 0 && ParkingLot::drop_abandoned(this, state_, queued));
  return false;
}

void RWMutex::unlock_shared() {
  std::uint32_t expected = one_reader;
  if (!tenter_recording() &&
      state_.compare_exchange_strong(expected, 0, std::memory_order_release, std::memory_order_relaxed)) [[likely]] {
    return;
  }
  unlock_shared_fully(__builtin_return_address(0));
}

[[gnu::noinline]] void RWMutex::unlock_shared_fully(const void* call_site) {
  const detail::Call call(call_site);
  std::uint32_t state = state_.load(std::memory_order_relaxed);
  if (state < one_reader) { throw_unlock_error(this, "unlock_shared of a read-write mutex that no reader has locked"); }
  TENTER_ANNOTATE(tenter_lock_releasing(this, kind, is_shared));
  ParkingLot::Bucket& bucket = ParkingLot::bucket_of(this);
  for (;;) {
    // The last reader out, with somebody waiting, hands the lock on; all others just leave.
    while (state >= 2 * one_reader || (state & queued) == 0) {
      if (state_.compare_exchange_weak(state, state - one_reader, std::memory_order_release,
                                       std::memory_order_relaxed)) {
        return;
      }
    }
    bucket.lock.lock();
    state = state_.load(std::memory_order_relaxed);
    // No new reader comes while the queue is there, and only we are left.
    if (state < 2 * one_reader && (state & queued) != 0) { break; }
    bucket.lock.unlock();
  }
  LotWaiter* const next = hand_on(bucket, this, state_, false);
  bucket.lock.unlock();
  ParkingLot::unpark_all(next);
}

}  // namespace tenter
