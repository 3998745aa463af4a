#include "task/parking_lot.h"

namespace tenter::detail {

constinit ParkingLot::Bucket ParkingLot::buckets_[std::size_t{1} << bits_] = {};

LotWaiter* ParkingLot::Bucket::front(const void* key) {
  LotWaiter* before = nullptr;
  for (LotWaiter* waiter = first; waiter != nullptr;) {
    LotWaiter* const next = waiter->next;
    if (waiter->key == key) {
      if (!waiter->agent->abandoned()) { return waiter; }
      unlink(before, waiter);
    } else {
      before = waiter;
    }
    waiter = next;
  }
  return nullptr;
}

LotWaiter* ParkingLot::Bucket::pop(const void* key) {
  LotWaiter* const waiter = front(key);
  if (waiter != nullptr) { remove(*waiter); }
  return waiter;
}

bool ParkingLot::Bucket::remove(LotWaiter& gone) {
  if (!gone.queued) { return false; }
  LotWaiter* before = nullptr;
  for (LotWaiter* waiter = first; waiter != nullptr; before = waiter, waiter = waiter->next) {
    if (waiter == &gone) {
      unlink(before, waiter);
      return true;
    }
  }
  return false;
}

void ParkingLot::forget(const void* key) {
  Bucket& bucket = bucket_of(key);
  FutexGuard guard(bucket.lock);
  bucket.take(key, [](const LotWaiter&) { return true; });
}

}  // namespace tenter::detail
