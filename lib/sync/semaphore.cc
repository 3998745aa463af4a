// The word: twice the permits, plus 1 if somebody waits in the parking lot. While somebody does, permits change hands
// only under the bucket's lock, oldest waiter first.
#include <tenter/sync.h>

#include "task/call.h"
#include "task/parking_lot.h"

namespace tenter {
namespace {

constexpr std::int64_t awaited = 1;
constexpr std::int64_t one = 2;

using detail::Agent;
using detail::LotWaiter;
using detail::ParkingLot;

std::ptrdiff_t checked(std::ptrdiff_t count) {
  if (count < 0) { throw Error("a negative number of permits"); }
  if (count > Semaphore::most_permits) { throw Error("more permits than a semaphore can count"); }
  return count;
}

[[gnu::always_inline]] inline bool take(const void* semaphore, std::atomic<std::int64_t>& word, std::ptrdiff_t n) {
  if (n < 0) { throw Error("a negative number of permits"); }
  detail::charge();
  do {
    std::int64_t state = word.load(std::memory_order_relaxed);
    while ((state & awaited) == 0 && state / one >= n) {
      if (word.compare_exchange_weak(state, state - n * one, std::memory_order_acquire, std::memory_order_relaxed)) {
        TENTER_ANNOTATE(tenter_sem_wait(semaphore, n));
        return true;
      }
    }
    if ((state & awaited) == 0) { return false; }
  } while (ParkingLot::drop_abandoned(semaphore, word, awaited));
  return false;
}

}  // namespace

namespace detail {
void semaphore_created(const void* semaphore, std::ptrdiff_t count) noexcept {
  const Call call(__builtin_return_address(0));
  TENTER_ANNOTATE(tenter_sem_create(semaphore, count));
}
}  // namespace detail

Semaphore::Semaphore(std::ptrdiff_t count) : state_(checked(count) * one) { detail::semaphore_created(this, count); }

Semaphore::~Semaphore() {
  if ((state_.load(std::memory_order_relaxed) & awaited) != 0) { ParkingLot::forget(this); }
}

bool Semaphore::try_acquire(std::ptrdiff_t n) {
  const detail::Call call(__builtin_return_address(0));
  if (take(this, state_, n)) { return true; }
  TENTER_ANNOTATE(tenter_sem_refused(this, n));
  return false;
}

void Semaphore::acquire(std::ptrdiff_t n) {
  const detail::Call call(__builtin_return_address(0));
  while (!take(this, state_, n)) {
    Agent& self = detail::current_agent();
    ParkingLot::Bucket& bucket = ParkingLot::bucket_of(this);
    bucket.lock.lock();
    std::int64_t state = state_.load(std::memory_order_relaxed);
    bool must_wait = true;
    while ((state & awaited) == 0) {
      if (state / one >= n) {
        must_wait = false;
        break;
      }
      if (state_.compare_exchange_weak(state, state | awaited, std::memory_order_relaxed, std::memory_order_relaxed)) {
        break;
      }
    }
    if (!must_wait) {
      bucket.lock.unlock();
      continue;
    }
    bucket.wait(self, detail::WaitKind::semaphore, this, n);
    TENTER_ANNOTATE(tenter_sem_wait(this, n));  // release() has taken the permits for us
    return;
  }
}

void Semaphore::release(std::ptrdiff_t n) {
  const detail::Call call(__builtin_return_address(0));
  std::int64_t state = state_.load(std::memory_order_relaxed);
  checked(state / one + checked(n));
  TENTER_ANNOTATE(tenter_sem_post(this, n));
  while ((state & awaited) == 0) {
    checked(state / one + n);
    if (state_.compare_exchange_weak(state, state + n * one, std::memory_order_release, std::memory_order_relaxed)) {
      return;
    }
  }
  ParkingLot::Bucket& bucket = ParkingLot::bucket_of(this);
  LotWaiter* served = nullptr;
  LotWaiter** end = &served;
  bucket.lock.lock();
  state = state_.load(std::memory_order_relaxed);
  std::int64_t permits = state / one + n;
  if (permits > most_permits) {
    bucket.lock.unlock();
    checked(permits);
  }
  LotWaiter* first = bucket.front(this);
  while (first != nullptr && first->wants <= permits) {
    permits -= first->wants;
    bucket.remove(*first);
    first->next = nullptr;
    *end = first;
    end = &first->next;
    first = bucket.front(this);
  }
  // While somebody waits only this function changes the word, and only here; if nobody does, others may.
  std::int64_t next = permits * one + (first != nullptr ? awaited : 0);
  while (!state_.compare_exchange_strong(state, next, std::memory_order_acq_rel, std::memory_order_relaxed)) {
    next = state + n * one;
  }
  bucket.lock.unlock();
  ParkingLot::unpark_all(served);
}

}  // namespace tenter
