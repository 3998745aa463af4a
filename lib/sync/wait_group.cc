// The word: twice the counter, plus 1 if somebody waits in the parking lot. The step to zero with somebody waiting is
// made under the bucket's lock, together with taking the waiters out, so it is the last time that the word is touched.
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
  if ((state_.load(std::memory_order_relaxed) & awaited) != 0) { ParkingLot::forget(this); }
}

void WaitGroup::add(int n) {
  if (!tenter_recording() && detail::charge_quickly()) [[likely]] {
    // Upwards from zero or more: neither can it go wrong nor is there anybody to wake.
    if (n > 0) {
      state_.fetch_add(n * one, std::memory_order_acq_rel);
      return;
    }
    std::int64_t state = state_.load(std::memory_order_relaxed);
    const std::int64_t next = state + n * one;
    if (next >= 0 && next != awaited &&
        state_.compare_exchange_strong(state, next, std::memory_order_acq_rel, std::memory_order_relaxed)) {
      return;
    }
  }
  add_fully(n, __builtin_return_address(0));
}

[[gnu::noinline]] void WaitGroup::add_fully(int n, const void* call_site) {
  const detail::Call call(call_site);
  detail::charge();
  std::int64_t state = state_.load(std::memory_order_relaxed);
  if (state / one + n < 0) { throw_negative(this); }
  TENTER_ANNOTATE(tenter_wait_group_add(this, n));
  for (;;) {
    const std::int64_t count = state / one + n;
    if (count < 0) { throw_negative(this); }
    if (count == 0 && (state & awaited) != 0) {
      add_slowly(n);
      return;
    }
    if (state_.compare_exchange_weak(state, state + n * one, std::memory_order_acq_rel, std::memory_order_relaxed)) {
      return;
    }
  }
}

void WaitGroup::add_slowly(std::int64_t n) {
  ParkingLot::Bucket& bucket = ParkingLot::bucket_of(this);
  LotWaiter* waiters = nullptr;
  bucket.lock.lock();
  std::int64_t state = state_.load(std::memory_order_relaxed);
  std::int64_t next = 0;
  do {
    const std::int64_t count = state / one + n;
    if (count < 0) {
      bucket.lock.unlock();
      throw_negative(this);
    }
    next = count == 0 ? 0 : state + n * one;  // others may have added meanwhile; then this is a step like any other
  } while (!state_.compare_exchange_weak(state, next, std::memory_order_acq_rel, std::memory_order_relaxed));
  // The group may be gone by now. Nobody can have joined the queue of one that took its place: we hold the bucket.
  if (next == 0) {
    waiters = bucket.take(this, [](const LotWaiter&) { return true; });
  }
  bucket.lock.unlock();
  ParkingLot::unpark_all(waiters);
}

void WaitGroup::wait() {
  const detail::Call call(__builtin_return_address(0));
  detail::charge();
  std::int64_t state = state_.load(std::memory_order_acquire);
  if (state / one != 0) {
    Agent& self = detail::current_agent();
    ParkingLot::Bucket& bucket = ParkingLot::bucket_of(this);
    bucket.lock.lock();
    state = state_.load(std::memory_order_acquire);
    while (
        state / one != 0 && (state & awaited) == 0 &&
        !state_.compare_exchange_weak(state, state | awaited, std::memory_order_acquire, std::memory_order_acquire)) {}
    if (state / one == 0) {
      bucket.lock.unlock();
    } else {
      bucket.wait(self, detail::WaitKind::wait_group, this);
    }
  }
  TENTER_ANNOTATE(tenter_wait_group_pass(this));
}

}  // namespace tenter
