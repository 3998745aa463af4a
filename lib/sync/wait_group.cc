// The word: twice the counter, minus 1 if somebody waits in the parking lot. So done() is one subtraction, and its usual case
// is that the result is not negative. The values below zero:
//
//   -1        the counter is zero and some wait: whoever made the step takes them out of the lot and writes 0, under the
//             bucket's lock. Until then the group is that one's, and whoever comes to wait now waits to be taken out as well
//   others    somebody has subtracted too much, and is about to add it again
#include <tenter/sync.h>

#include "task/backoff.h"
#include "task/call.h"
#include "task/parking_lot.h"

namespace tenter {
namespace {

constexpr std::int64_t one = 2;
constexpr std::int64_t awaited_zero = -1;
constexpr std::int32_t calls_per_look = 16;  // for others that use the word at the same time

bool is_awaited(std::int64_t state) { return state % 2 != 0; }

using detail::Agent;
using detail::LotWaiter;
using detail::ParkingLot;

[[noreturn]] void throw_negative(const void* group) {
  TENTER_ANNOTATE(tenter_misuse(3, group));
  throw NegativeWaitGroupError("negative WaitGroup counter");
}

}  // namespace

namespace detail {
void wait_group_created(const void* group) noexcept {
  const Call call(__builtin_return_address(0));
  TENTER_ANNOTATE(tenter_wait_group_create(group));
}
}  // namespace detail

WaitGroup::~WaitGroup() {
  if (is_awaited(state_.load(std::memory_order_relaxed))) { ParkingLot::forget(this); }
}

void WaitGroup::add(int n) {
  const std::int32_t calls_left = detail::Budget::decrement();  // above zero: no recorder either
  if (calls_left > 0 && calls_left % calls_per_look != 0) [[likely]] {
    // Acquires and releases: the last done() speaks for all others to the wait() that it ends. Upwards from zero or more
    // it cannot go wrong, and there is nobody to wake.
    if (n >= 0) {
      state_.fetch_add(n * one, std::memory_order_acq_rel);
      return;
    }
    const std::int64_t after = state_.fetch_add(n * one, std::memory_order_acq_rel) + n * one;
    if (after < 0) [[unlikely]] { below_zero(n, after); }
  } else if (calls_left > 0) {
    add_looking(n);
  } else {
    add_fully(n, __builtin_return_address(0));
  }
}

// An addition succeeds whatever others do, and does not tell whether they are there. Where two processors add all the time,
// each waits for the cache line at each step; one that sees it leaves the word to the other for a while.
[[gnu::noinline]] void WaitGroup::add_looking(int n) {
  const std::int64_t seen = state_.load(std::memory_order_relaxed);
  const std::int64_t before = state_.fetch_add(n * one, std::memory_order_acq_rel);
  if (n < 0 && before + n * one < 0) {
    below_zero(n, before + n * one);
  } else if (before != seen) {
    detail::Backoff(detail::others_run()).pause();  // the group may be gone
  }
}

[[gnu::noinline]] void WaitGroup::add_fully(int n, const void* call_site) {
  const detail::Call call(call_site);
  detail::finish_charge();
  if (tenter_recording()) {
    const std::int64_t state = state_.load(std::memory_order_relaxed);
    if (n < 0 && state + (is_awaited(state) ? 1 : 0) + n * one < 0) { throw_negative(this); }
    TENTER_ANNOTATE(tenter_wait_group_add(this, n));
  }
  const std::int64_t after = state_.fetch_add(n * one, std::memory_order_acq_rel) + n * one;
  if (n < 0 && after < 0) { below_zero(n, after); }
}

// `n` was added, and that led to `after`.
[[gnu::noinline]] void WaitGroup::below_zero(std::int64_t n, std::int64_t after) {
  const bool is_too_much = after != awaited_zero;
  if (is_too_much) { after = state_.fetch_sub(n * one, std::memory_order_acq_rel) - n * one; }
  // Also when the step back leads there: whoever was there meanwhile found another value, and left it to us.
  if (after == awaited_zero) { end_waits(); }
  if (is_too_much) { throw_negative(this); }
}

void WaitGroup::end_waits() {
  ParkingLot::Bucket& bucket = ParkingLot::bucket_of(this);
  LotWaiter* waiters = nullptr;
  bucket.lock.lock();
  // Fails if others have added meanwhile: then it was a step like any other. The group may be gone once the lock is given up.
  // Nobody can have joined the queue of one that took its place: we hold the bucket.
  std::int64_t state = awaited_zero;
  if (state_.compare_exchange_strong(state, 0, std::memory_order_acq_rel, std::memory_order_relaxed)) {
    waiters = bucket.take(this, [](const LotWaiter&) { return true; });
  }
  bucket.lock.unlock();
  ParkingLot::unpark_all(waiters);
}

void WaitGroup::wait() {
  const detail::Call call(__builtin_return_address(0));
  detail::charge();
  std::int64_t state = state_.load(std::memory_order_acquire);
  while (state != 0) {
    Agent& self = detail::current_agent();
    ParkingLot::Bucket& bucket = ParkingLot::bucket_of(this);
    bucket.lock.lock();
    state = state_.load(std::memory_order_acquire);
    while (state > 0 && !is_awaited(state) &&
           !state_.compare_exchange_weak(state, state - 1, std::memory_order_acquire, std::memory_order_acquire)) {}
    // Who queues before the word becomes 0 is taken out then: that happens under the bucket's lock.
    if (state > 0 || is_awaited(state)) {
      bucket.wait(self, detail::WaitKind::wait_group, this);
      break;
    }
    bucket.lock.unlock();  // it is 0, or too much was subtracted, and is about to be added again
  }
  TENTER_ANNOTATE(tenter_wait_group_pass(this));
}

}  // namespace tenter
