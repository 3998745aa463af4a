// 0: not begun. 1: somebody does it. 2: somebody does it, and others wait in the parking lot. 3: done.
#include <tenter/sync.h>

#include "task/call.h"
#include "task/parking_lot.h"

namespace tenter {
namespace {

constexpr std::uint32_t fresh = 0;
constexpr std::uint32_t running = 1;
constexpr std::uint32_t awaited = 2;
constexpr std::uint32_t finished = 3;

using detail::Agent;
using detail::LotWaiter;
using detail::ParkingLot;

}  // namespace

Once::~Once() {
  if (state_.load(std::memory_order_relaxed) == awaited) { ParkingLot::forget(this); }
}

bool Once::begin() {
  const detail::Call call(__builtin_return_address(0));
  detail::charge();
  if (state_.load(std::memory_order_acquire) != finished) {  // pairs with the exchange in end()
    return begin_slowly();
  }
  TENTER_ANNOTATE(tenter_once_pass(this));
  return false;
}

bool Once::begin_slowly() {
  std::uint32_t state = fresh;
  if (state_.compare_exchange_strong(state, running, std::memory_order_acquire, std::memory_order_acquire)) {
    TENTER_ANNOTATE(tenter_once_begin(this));
    return true;
  }
  if (state != finished) {
    Agent& self = detail::current_agent();
    ParkingLot::Bucket& bucket = ParkingLot::bucket_of(this);
    bucket.lock.lock();
    state = state_.load(std::memory_order_acquire);
    while (state == running &&
           !state_.compare_exchange_weak(state, awaited, std::memory_order_acquire, std::memory_order_acquire)) {}
    if (state == finished) {
      bucket.lock.unlock();
    } else {
      bucket.wait(self, detail::WaitKind::once, this);
    }
  }
  TENTER_ANNOTATE(tenter_once_pass(this));
  return false;
}

void Once::end() {
  const detail::Call call(__builtin_return_address(0));
  TENTER_ANNOTATE(tenter_once_end(this));
  std::uint32_t expected = running;
  if (state_.compare_exchange_strong(expected, finished, std::memory_order_release, std::memory_order_relaxed)) {
    return;
  }
  ParkingLot::Bucket& bucket = ParkingLot::bucket_of(this);
  bucket.lock.lock();
  LotWaiter* const waiters = bucket.take(this, [](const LotWaiter&) { return true; });
  state_.store(finished, std::memory_order_release);
  bucket.lock.unlock();
  ParkingLot::unpark_all(waiters);
}

}  // namespace tenter
