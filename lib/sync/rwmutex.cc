// The word: `writing`, `queued` (somebody waits in the parking lot), and the number of readers.
//
// Whoever finds `queued` set queues, too. As only a writer, or a reader behind a writer, ever starts a queue, its first
// waiter is a writer whenever readers have the lock. The lock is always handed over: who leaves decides who is next.
#include <tenter/sync.h>

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

using detail::Agent;
using detail::LotWaiter;
using detail::ParkingLot;

[[noreturn]] void throw_unlock_error(const void* lock, const char* what) {
  TENTER_ANNOTATE(tenter_misuse(4, lock));
  throw UnlockError(what);
}

// Waits until the lock is handed over. False: it has changed, look again.
bool wait_for_it(const void* lock, std::atomic<std::uint32_t>& word, bool to_read) {
  Agent& self = detail::current_agent();
  LotWaiter waiter;
  waiter.key = lock;
  waiter.agent = &self;
  waiter.wants = to_read ? 1 : 0;
  ParkingLot::Bucket& bucket = ParkingLot::bucket_of(lock);
  bucket.lock.lock();
  std::uint32_t state = word.load(std::memory_order_relaxed);
  do {
    const bool must_wait = to_read ? (state & (writing | queued)) != 0 : state != 0;
    if (!must_wait) {
      bucket.lock.unlock();
      return false;
    }
  } while (!word.compare_exchange_weak(state, state | queued, std::memory_order_relaxed, std::memory_order_relaxed));
  self.prepare();
  bucket.push_back(waiter);
  bucket.lock.unlock();
  detail::WaitScope waiting(self, to_read ? detail::WaitKind::shared_lock : detail::WaitKind::lock, lock);
  self.park();
  return true;
}

}  // namespace

void RWMutex::lock() {
  const detail::Call call(__builtin_return_address(0));
  detail::charge();
  for (;;) {
    std::uint32_t expected = 0;
    if (state_.compare_exchange_strong(expected, writing, std::memory_order_acquire, std::memory_order_relaxed)) {
      break;
    }
    if (wait_for_it(this, state_, false)) { break; }
  }
  TENTER_ANNOTATE(tenter_lock_acquired(this, kind, 0));
}

bool RWMutex::try_lock() {
  const detail::Call call(__builtin_return_address(0));
  detail::charge();
  std::uint32_t expected = 0;
  if (!state_.compare_exchange_strong(expected, writing, std::memory_order_acquire, std::memory_order_relaxed)) {
    return false;
  }
  TENTER_ANNOTATE(tenter_lock_acquired(this, kind, is_attempt));
  return true;
}

void RWMutex::unlock() {
  const detail::Call call(__builtin_return_address(0));
  if ((state_.load(std::memory_order_relaxed) & writing) == 0) {
    throw_unlock_error(this, "unlock of a read-write mutex that no writer has locked");
  }
  TENTER_ANNOTATE(tenter_lock_releasing(this, kind, 0));
  std::uint32_t expected = writing;
  if (state_.compare_exchange_strong(expected, 0, std::memory_order_release, std::memory_order_relaxed)) { return; }

  // Somebody waits: all readers that do, or else the first writer.
  ParkingLot::Bucket& bucket = ParkingLot::bucket_of(this);
  bucket.lock.lock();
  LotWaiter* const readers = bucket.take(this, [](const LotWaiter& waiter) { return waiter.wants == 1; });
  std::uint32_t state = 0;
  for (const LotWaiter* reader = readers; reader != nullptr; reader = reader->next) { state += one_reader; }
  Agent* writer = nullptr;
  if (readers == nullptr) {
    if (LotWaiter* const next = bucket.pop(this)) {
      writer = next->agent;
      state = writing;
    }
  }
  if (bucket.front(this) != nullptr) { state |= queued; }
  state_.store(state, std::memory_order_release);
  bucket.lock.unlock();
  if (writer != nullptr) { detail::unpark(*writer); }
  ParkingLot::unpark_all(readers);
}

void RWMutex::lock_shared() {
  const detail::Call call(__builtin_return_address(0));
  detail::charge();
  for (;;) {
    std::uint32_t state = state_.load(std::memory_order_relaxed);
    bool obtained = false;
    while ((state & (writing | queued)) == 0 && !obtained) {
      obtained =
          state_.compare_exchange_weak(state, state + one_reader, std::memory_order_acquire, std::memory_order_relaxed);
    }
    if (obtained || wait_for_it(this, state_, true)) { break; }
  }
  TENTER_ANNOTATE(tenter_lock_acquired(this, kind, is_shared));
}

bool RWMutex::try_lock_shared() {
  const detail::Call call(__builtin_return_address(0));
  detail::charge();
  std::uint32_t state = state_.load(std::memory_order_relaxed);
  while ((state & (writing | queued)) == 0) {
    if (state_.compare_exchange_weak(state, state + one_reader, std::memory_order_acquire, std::memory_order_relaxed)) {
      TENTER_ANNOTATE(tenter_lock_acquired(this, kind, is_shared | is_attempt));
      return true;
    }
  }
  return false;
}

void RWMutex::unlock_shared() {
  const detail::Call call(__builtin_return_address(0));
  std::uint32_t state = state_.load(std::memory_order_relaxed);
  if (state < one_reader) { throw_unlock_error(this, "unlock_shared of a read-write mutex that no reader has locked"); }
  TENTER_ANNOTATE(tenter_lock_releasing(this, kind, is_shared));
  // The last reader out, with somebody waiting, hands the lock on; all others just leave.
  while (state >= 2 * one_reader || (state & queued) == 0) {
    if (state_.compare_exchange_weak(state, state - one_reader, std::memory_order_release, std::memory_order_relaxed)) {
      return;
    }
  }
  ParkingLot::Bucket& bucket = ParkingLot::bucket_of(this);
  Agent* writer = nullptr;
  bucket.lock.lock();
  // No new reader comes while the queue is there, and only we are left.
  if (LotWaiter* const next = bucket.pop(this)) {
    writer = next->agent;
    state_.store(writing | (bucket.front(this) != nullptr ? queued : 0), std::memory_order_release);
  } else {
    state_.store(0, std::memory_order_release);
  }
  bucket.lock.unlock();
  if (writer != nullptr) { detail::unpark(*writer); }
}

}  // namespace tenter
