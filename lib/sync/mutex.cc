// Mutex is one word and a queue in the parking lot. The word is `locked` and `queued` (somebody is in the lot, or is about
// to be). Whoever unlocks does so by one store or exchange and never touches the word again: the next owner may
// destroy the mutex.
#include <tenter/sync.h>

#include "task/backoff.h"
#include "task/call.h"
#include "task/clock.h"
#include "task/parking_lot.h"

namespace tenter {
namespace {

constexpr std::uint32_t locked = 1;
constexpr std::uint32_t queued = 2;
constexpr int kind = 4;                          // trace::LockKind::task_mutex
constexpr std::int64_t patience_ns = 1'000'000;  // then a waiter is handed the lock

using detail::Agent;
using detail::LotWaiter;
using detail::ParkingLot;

}  // namespace

namespace detail {
void lock_created(const void* lock, int lock_kind) noexcept {
  const Call call(__builtin_return_address(0));
  TENTER_ANNOTATE(tenter_lock_create(lock, lock_kind));
}
}  // namespace detail

Mutex::~Mutex() {
  const detail::Call call(__builtin_return_address(0));
  if ((state_.load(std::memory_order_relaxed) & queued) != 0) { ParkingLot::forget(this); }
  TENTER_ANNOTATE(tenter_lock_destroy(this));
}

void Mutex::lock() {
  std::uint32_t expected = 0;
  if (!tenter_recording() && detail::charge_quickly() &&
      state_.compare_exchange_strong(expected, locked, std::memory_order_acquire, std::memory_order_relaxed))
      [[likely]] {
    return;
  }
  lock_fully(__builtin_return_address(0));
}

[[gnu::noinline]] void Mutex::lock_fully(const void* call_site) {
  const detail::Call call(call_site);
  detail::charge();
  std::uint32_t expected = 0;
  if (!state_.compare_exchange_strong(expected, locked, std::memory_order_acquire, std::memory_order_relaxed)) {
    lock_slowly();
  }
  TENTER_ANNOTATE(tenter_lock_acquired(this, kind, 0));
}

bool Mutex::try_lock() {
  const detail::Call call(__builtin_return_address(0));
  detail::charge();
  std::uint32_t state = state_.load(std::memory_order_relaxed);
  while ((state & locked) == 0) {
    if (state_.compare_exchange_weak(state, state | locked, std::memory_order_acquire, std::memory_order_relaxed)) {
      TENTER_ANNOTATE(tenter_lock_acquired(this, kind, 2));
      return true;
    }
  }
  return false;
}

void Mutex::lock_slowly() {
  Agent& self = detail::current_agent();
  LotWaiter waiter;
  waiter.key = this;
  waiter.agent = &self;
  bool was_woken = false;
  detail::Backoff backoff(detail::others_run());
  std::uint32_t state = state_.load(std::memory_order_relaxed);
  for (;;) {
    if ((state & locked) == 0) {
      if (state_.compare_exchange_weak(state, state | locked, std::memory_order_acquire, std::memory_order_relaxed)) {
        return;
      }
      continue;
    }
    // Its owner may run on another processor and be about to finish.
    if ((state & queued) == 0 && backoff.pause()) {
      state = state_.load(std::memory_order_relaxed);
      continue;
    }
    if ((state & queued) == 0 &&
        !state_.compare_exchange_weak(state, state | queued, std::memory_order_relaxed, std::memory_order_relaxed)) {
      continue;
    }
    ParkingLot::Bucket& bucket = ParkingLot::bucket_of(this);
    bucket.lock.lock();
    // unlock_slowly() changes the word only under the bucket's lock, so nobody is missed from here on.
    state = state_.load(std::memory_order_relaxed);
    if ((state & (locked | queued)) != (locked | queued)) {
      bucket.lock.unlock();
      continue;
    }
    self.prepare();
    if (was_woken) {
      bucket.push_front(waiter);  // it has waited longest
    } else {
      waiter.since_ns = detail::clock_ns();
      bucket.push_back(waiter);
    }
    bucket.lock.unlock();
    {
      detail::WaitScope waiting(self, detail::WaitKind::lock, this);
      self.park();
    }
    if (waiter.granted) { return; }
    was_woken = true;
    backoff = detail::Backoff(detail::others_run());
    state = state_.load(std::memory_order_relaxed);
  }
}

void Mutex::unlock() {
  std::uint32_t expected = locked;
  if (!tenter_recording() &&
      state_.compare_exchange_strong(expected, 0, std::memory_order_release, std::memory_order_relaxed)) [[likely]] {
    return;
  }
  unlock_fully(__builtin_return_address(0));
}

[[gnu::noinline]] void Mutex::unlock_fully(const void* call_site) {
  const detail::Call call(call_site);
  if ((state_.load(std::memory_order_relaxed) & locked) == 0) {
    TENTER_ANNOTATE(tenter_misuse(4, this));
    throw UnlockError("unlock of unlocked mutex");
  }
  TENTER_ANNOTATE(tenter_lock_releasing(this, kind, 0));
  std::uint32_t expected = locked;
  if (!state_.compare_exchange_strong(expected, 0, std::memory_order_release, std::memory_order_relaxed)) {
    unlock_slowly();
  }
}

void Mutex::unlock_slowly() {
  ParkingLot::Bucket& bucket = ParkingLot::bucket_of(this);
  Agent* next = nullptr;
  bucket.lock.lock();
  if (LotWaiter* const waiter = bucket.pop(this)) {
    next = waiter->agent;
    const std::uint32_t others = bucket.front(this) != nullptr ? queued : 0;
    waiter->granted = detail::clock_ns() - waiter->since_ns > patience_ns;
    state_.store(waiter->granted ? locked | others : others, std::memory_order_release);
  } else {
    state_.store(0, std::memory_order_release);
  }
  bucket.lock.unlock();
  if (next != nullptr) { detail::unpark(*next); }
}

}  // namespace tenter
