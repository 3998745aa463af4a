// The waiters of a condition stand in the parking lot. `waiting_` counts them, so that a signal without waiters is one
// load; it changes only under the bucket's lock.
#include <tenter/sync.h>

#include "task/call.h"
#include "task/parking_lot.h"

namespace tenter {

using detail::Agent;
using detail::LotWaiter;
using detail::ParkingLot;

Cond::~Cond() {
  if (waiting_.load(std::memory_order_relaxed) != 0) { ParkingLot::forget(this); }
}

void Cond::wait() {
  const detail::Call call(__builtin_return_address(0));
  detail::charge();
  Agent& self = detail::current_agent();
  LotWaiter waiter;
  waiter.key = this;
  waiter.agent = &self;
  ParkingLot::Bucket& bucket = ParkingLot::bucket_of(this);
  {
    detail::FutexGuard guard(bucket.lock);
    bucket.push_back(waiter);
    waiting_.fetch_add(1, std::memory_order_relaxed);
  }
  // The lock may have to wait itself, in unlock() of some foreign Lockable, so we prepare only after it. A signal that
  // comes before that is remembered in `granted`.
  try {
    unlock_(lockable_);
  } catch (...) {
    detail::FutexGuard guard(bucket.lock);
    if (bucket.remove(waiter)) { waiting_.fetch_sub(1, std::memory_order_relaxed); }
    throw;
  }
  {
    detail::WaitScope waiting(self, detail::WaitKind::condition, this);
    bucket.lock.lock();
    const bool signalled = waiter.granted;
    if (!signalled) {
      self.prepare();
      waiter.wants = 1;  // from here on, a signal has to wake us
    }
    bucket.lock.unlock();
    if (!signalled) { self.park(); }
    TENTER_ANNOTATE(tenter_cond_woken(this));
  }
  lock_(lockable_);
}

void Cond::signal() {
  const detail::Call call(__builtin_return_address(0));
  detail::charge();
  if (waiting_.load(std::memory_order_seq_cst) == 0) {
    TENTER_ANNOTATE(tenter_cond_signal(this, 0, nullptr));
    return;
  }
  ParkingLot::Bucket& bucket = ParkingLot::bucket_of(this);
  Agent* woken = nullptr;
  {
    detail::FutexGuard guard(bucket.lock);
    LotWaiter* const waiter = bucket.pop(this);
    TENTER_ANNOTATE(tenter_cond_signal(this, 0, waiter != nullptr ? waiter->agent->record() : nullptr));
    if (waiter != nullptr) {
      waiting_.fetch_sub(1, std::memory_order_relaxed);
      waiter->granted = true;
      if (waiter->wants == 1) { woken = waiter->agent; }
    }
  }
  if (woken != nullptr) { detail::unpark(*woken); }
}

void Cond::broadcast() {
  const detail::Call call(__builtin_return_address(0));
  detail::charge();
  if (waiting_.load(std::memory_order_seq_cst) == 0) {
    TENTER_ANNOTATE(tenter_cond_signal(this, 1, nullptr));
    return;
  }
  ParkingLot::Bucket& bucket = ParkingLot::bucket_of(this);
  LotWaiter* woken = nullptr;
  LotWaiter** end = &woken;
  {
    detail::FutexGuard guard(bucket.lock);
    LotWaiter* waiter = bucket.take(this, [](const LotWaiter&) { return true; });
    waiting_.store(0, std::memory_order_relaxed);
    while (waiter != nullptr) {
      LotWaiter* const next = waiter->next;
      TENTER_ANNOTATE(tenter_cond_signal(this, 1, waiter->agent->record()));
      waiter->granted = true;
      if (waiter->wants == 1) {
        waiter->next = nullptr;
        *end = waiter;
        end = &waiter->next;
      }
      waiter = next;
    }
  }
  ParkingLot::unpark_all(woken);
}

}  // namespace tenter
