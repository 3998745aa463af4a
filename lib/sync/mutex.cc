// Mutex is one word and a queue in the parking lot. The word has four bits and five values that last:
//
//   0                 free
//   queued_free       free, and some wait in the lot: who comes along gets it, and wakes the next one when it unlocks
//   locked
//   locked | queued   and some wait in the lot, or are about to
//   queued            given up by its owner, who is on its way to the lot and decides there who is next: nobody can take it
//
// With a recorder in the process whoever has the lock also has `heard` in it. What unlock() subtracts then leaves something
// in any case, so a lock that a recorder has to be told of first is not free by it. That saves unlock() the question.
//
// To unlock is one subtraction, which is cheaper than a compare-exchange. It does not free a lock that is queued for, so the
// word is still the former owner's until it writes the new value, under the bucket's lock and for the last time: the next
// owner may destroy the mutex.
#include <tenter/sync.h>

#include "task/backoff.h"
#include "task/call.h"
#include "task/clock.h"
#include "task/parking_lot.h"

namespace tenter {
namespace {

constexpr std::uint32_t queued = 1;
constexpr std::uint32_t queued_free = 2;
constexpr std::uint32_t heard = 4;
constexpr std::uint32_t locked = 0x8000'0000;    // to subtract it where it is not set, sets it; see unlock_slowly()
constexpr int kind = 4;                          // trace::LockKind::task_mutex
constexpr std::int64_t patience_ns = 1'000'000;  // then a waiter is handed the lock

using detail::Agent;
using detail::LotWaiter;
using detail::ParkingLot;

bool is_free(std::uint32_t state) { return (state & (locked | heard | queued)) == 0; }
template <bool may_be_heard>
std::uint32_t owned() {
  return may_be_heard && tenter_recording() ? locked | heard : locked;
}
template <bool may_be_heard>
std::uint32_t when_taken(std::uint32_t state) {
  return state == 0 ? owned<may_be_heard>() : owned<may_be_heard>() | queued;
}

[[noreturn]] void throw_unlock_error(const void* mutex) {
  TENTER_ANNOTATE(tenter_misuse(4, mutex));
  throw UnlockError("unlock of unlocked mutex");
}

}  // namespace

namespace detail {
void lock_created(const void* lock, int lock_kind) noexcept {
  const Call call(__builtin_return_address(0));
  TENTER_ANNOTATE(tenter_lock_create(lock, lock_kind));
}
}  // namespace detail

Mutex::~Mutex() {
  const detail::Call call(__builtin_return_address(0));
  if ((state_.load(std::memory_order_relaxed) & (queued | queued_free)) != 0) { ParkingLot::forget(this); }
  TENTER_ANNOTATE(tenter_lock_destroy(this));
}

template <bool may_be_heard>
[[gnu::always_inline]] inline void Mutex::lock_slowly() {
  Agent& self = detail::current_agent();
  LotWaiter waiter;
  waiter.key = this;
  waiter.agent = &self;
  bool was_woken = false;
  detail::Backoff backoff(detail::others_run());
  std::uint32_t state = state_.load(std::memory_order_relaxed);
  for (;;) {
    if (is_free(state)) {
      if (state_.compare_exchange_weak(state, when_taken<may_be_heard>(state), std::memory_order_acquire,
                                       std::memory_order_relaxed)) {
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
    // Once it is queued for, it is freed only under the bucket's lock, by one who then looks here.
    state = state_.load(std::memory_order_relaxed);
    if ((state & queued) == 0) {
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
      detail::WaitScopeOf<may_be_heard> waiting(self, detail::WaitKind::lock, this);
      self.park();
    }
    if (waiter.granted) { return; }
    was_woken = true;
    backoff = detail::Backoff(detail::others_run());
    state = state_.load(std::memory_order_relaxed);
  }
}

void Mutex::lock() {
  std::uint32_t expected = 0;
  if (detail::charge_quickly() && state_.compare_exchange_strong(expected, locked, std::memory_order_acquire,
                                                                 std::memory_order_relaxed)) [[likely]] {
    return;
  }
  lock_fully(__builtin_return_address(0));
}

[[gnu::noinline]] void Mutex::lock_fully(const void* call_site) {
  const detail::Call call(call_site);
  detail::finish_charge();
  std::uint32_t expected = 0;
  if (!state_.compare_exchange_strong(expected, owned<true>(), std::memory_order_acquire, std::memory_order_relaxed)) {
    lock_slowly<true>();
  }
  TENTER_ANNOTATE(tenter_lock_acquired(this, kind, 0));
}

bool Mutex::try_lock() {
  const detail::Call call(__builtin_return_address(0));
  detail::charge();
  std::uint32_t state = state_.load(std::memory_order_relaxed);
  while (is_free(state)) {
    if (state_.compare_exchange_weak(state, when_taken<true>(state), std::memory_order_acquire,
                                     std::memory_order_relaxed)) {
      TENTER_ANNOTATE(tenter_lock_acquired(this, kind, 2));
      return true;
    }
  }
  TENTER_ANNOTATE(tenter_lock_refused(this, kind, 0));
  return false;
}

void Mutex::unlock() {
  // Pairs with the acquire of whoever has it next. Only whether anything is left of the word is asked, which needs no more
  // than the processor's flags.
  if (state_.fetch_sub(locked, std::memory_order_release) == locked) [[likely]] { return; }
  unlock_fully(__builtin_return_address(0));
}

[[gnu::noinline]] void Mutex::unlock_fully(const void* call_site) {
  // `heard` is left, and not `locked`: the caller had it. Whoever unlocks what is free finds it now locked by that.
  if (const std::uint32_t state = state_.load(std::memory_order_relaxed); (state & (locked | heard)) == heard) {
    const detail::Call call(call_site);
    TENTER_ANNOTATE(tenter_lock_releasing(this, kind, 0));
    if (state_.fetch_sub(heard, std::memory_order_release) != heard) { unlock_slowly(call_site); }
    return;
  }
  unlock_slowly(call_site);
}

// `locked` was subtracted, and something is left: somebody has queued, or nobody had the lock.
void Mutex::unlock_slowly(const void* call_site) {
  ParkingLot::Bucket& bucket = ParkingLot::bucket_of(this);
  Agent* next = nullptr;
  bucket.lock.lock();
  const std::uint32_t state = state_.load(std::memory_order_relaxed);
  // The subtraction has locked what was free, as anybody might have. It is now given up again in the regular way.
  const bool was_free = (state & locked) != 0;
  if (is_free(state)) {
    bucket.lock.unlock();  // it was, and another one whose unlock() was wrong too has given it up
    return;
  }
  if (LotWaiter* const waiter = bucket.pop(this)) {
    next = waiter->agent;
    const bool are_others = bucket.front(this) != nullptr;
    waiter->granted = detail::clock_ns() - waiter->since_ns > patience_ns;
    const std::uint32_t given_up = are_others ? queued_free : 0;
    state_.store(waiter->granted ? when_taken<true>(given_up) : given_up, std::memory_order_release);
  } else {
    state_.store(0, std::memory_order_release);
  }
  bucket.lock.unlock();
  if (next != nullptr) { detail::unpark(*next); }
  if (was_free) {
    const detail::Call call(call_site);
    throw_unlock_error(this);
  }
}

}  // namespace tenter
