// Locks that are taken in different orders, and read locks that are taken twice. Nothing happens in any of these runs.
// pairs: cockroach_10214 kubernetes_13135 cockroach_16167 kubernetes_62464
#include "pair.h"

using tenter::Mutex;
using tenter::RWMutex;
using tenter::WaitGroup;

// Heartbeats are coalesced under one lock, and for each the replica is asked for, under its own; the replica tells of itself the
// other way round.
namespace cockroach_10214 {
struct Store {
  Mutex coalesced, raft, replica;
};
// expect: lock-order-inversion certainty=predicted
void wrong() {
  Store store;
  WaitGroup over;
  over.go([&] {
    const std::lock_guard all(store.coalesced);
    const std::lock_guard one(store.raft);  // <- here
  });
  over.go([&] {
    const std::lock_guard one(store.raft);
    const std::lock_guard inner(store.replica);
    for (int i = 0; i < 2; ++i) const std::lock_guard all(store.coalesced);  // <- here
  });
  over.wait();
}
void mended() {
  Store store;
  WaitGroup over;
  over.go([&] {
    const std::lock_guard all(store.coalesced);
    const std::lock_guard one(store.raft);
  });
  over.go([&] {
    for (int i = 0; i < 2; ++i) const std::lock_guard all(store.coalesced);
    const std::lock_guard one(store.raft);
    const std::lock_guard inner(store.replica);
  });
  over.wait();
}
}  // namespace cockroach_10214

// The watch cache calls back under its lock; one of the callbacks unlocks the cacher, the other one locks it.
namespace kubernetes_13135 {
struct Cacher {
  Mutex cacher, watch;
};
// expect: lock-order-inversion certainty=predicted
void wrong() {
  Cacher caches;
  WaitGroup over;
  over.go([&] {
    for (int round = 0; round < 2; ++round) {
      caches.cacher.lock();
      const std::lock_guard replace(caches.watch);  // <- here
      caches.cacher.unlock();
    }
  });
  over.go([&] {
    const std::lock_guard event(caches.watch);
    const std::lock_guard told(caches.cacher);  // <- here
  });
  over.wait();
}
void mended() {
  Cacher caches;
  WaitGroup over;
  over.go([&] {
    for (int round = 0; round < 2; ++round) {
      { const std::lock_guard told(caches.cacher); }
      const std::lock_guard replace(caches.watch);
    }
  });
  over.go([&] {
    const std::lock_guard event(caches.watch);
    const std::lock_guard told(caches.cacher);
  });
  over.wait();
}
}  // namespace kubernetes_13135

// A condition's lock is the read side of the lock that is read again meanwhile.
namespace cockroach_16167 {
// expect: double-lock certainty=predicted
void wrong() {
  RWMutex system;
  auto& reading = system.shared_locker();
  WaitGroup over;
  over.go([&] { const std::lock_guard lock(system); });
  reading.lock();
  { const std::shared_lock again(system); }  // <- here
  reading.unlock();
  over.wait();
}
void mended() {
  RWMutex system;
  auto& reading = system.shared_locker();
  WaitGroup over;
  over.go([&] { const std::lock_guard lock(system); });
  reading.lock();
  reading.unlock();
  { const std::shared_lock again(system); }
  over.wait();
}
}  // namespace cockroach_16167

// A state is read through a function that reads it, too.
namespace kubernetes_62464 {
struct State {
  RWMutex guard;
  int value = 0;
  int get() {
    const std::shared_lock lock(guard);  // <- here
    return value;
  }
};
// expect: double-lock certainty=predicted
void wrong() {
  State state;
  WaitGroup over;
  over.go([&] {
    const std::shared_lock lock(state.guard);
    state.get();
  });
  over.go([&] {
    state.get();
    const std::lock_guard lock(state.guard);
    ++state.value;
  });
  over.wait();
}
void mended() {
  State state;
  WaitGroup over;
  over.go([&] { state.get(); });
  over.go([&] {
    state.get();
    const std::lock_guard lock(state.guard);
    ++state.value;
  });
  over.wait();
}
}  // namespace kubernetes_62464

int main(int count, char** words) {
  return run_pair(count, words,
                  {PAIR(cockroach_10214), PAIR(kubernetes_13135), PAIR(cockroach_16167), PAIR(kubernetes_62464)});
}
