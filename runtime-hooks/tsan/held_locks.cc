#include "tsan/held_locks.h"

#include "record/spin_lock.h"
#include "tsan/detector.h"
#include "tsan/who.h"

namespace tenter::detector {

constinit std::atomic<std::uint32_t> given_away{0};

namespace {

// From <sanitizer/tsan_interface.h>.
constexpr unsigned read_lock = 1u << 3;
constexpr unsigned try_lock = 1u << 4;

// What other tasks gave back, for the holders to find when they are next ordered after something. One that comes too late for
// this many drops all that it holds: a lock that is missing in a report is better than one that nobody held.
constexpr std::uint32_t remembered = 64;
constinit record::SpinLock lock;
constinit void* places_given_away[remembered] = {};  // guarded by lock

void tell_held(void* place) {
  const Unseen unseen;  // ThreadSanitizer looks at the mutex as if it were read
  __tsan_mutex_pre_lock(place, read_lock | try_lock);
  __tsan_mutex_post_lock(place, read_lock | try_lock, 0);
}

void tell_released(void* place) {
  const Unseen unseen;
  __tsan_mutex_pre_unlock(place, read_lock);
  __tsan_mutex_post_unlock(place, read_lock);
}

void remove(HeldLocks& held, unsigned which) {
  tell_released(held.places[which]);
  for (unsigned i = which + 1; i < held.count; ++i) { held.places[i - 1] = held.places[i]; }
  --held.count;
}

bool remove(HeldLocks& held, const void* place) {
  for (unsigned i = held.count; i-- > 0;) {
    if (held.places[i] != place) { continue; }
    remove(held, i);
    return true;
  }
  return false;
}

}  // namespace

void told_as_held(Who& self, void* place) {
  HeldLocks& held = self.held;
  if (held.count == 0) { held.given_away_seen = given_away.load(std::memory_order_acquire); }
  if (held.count == HeldLocks::most) { remove(held, 0u); }
  held.places[held.count++] = place;
  tell_held(place);
}

void held_no_more(Who& self, void* place) {
  if (remove(self.held, place)) { return; }
  const record::SpinGuard guard(lock);
  const std::uint32_t number = given_away.load(std::memory_order_relaxed);
  places_given_away[number % remembered] = place;
  given_away.store(number + 1, std::memory_order_release);  // pairs with the acquire in told_as_held()
}

void forget_held(Who& self, void* place) {
  while (remove(self.held, place)) {}
}

void drop_given_away(Who& self) {
  HeldLocks& held = self.held;
  if (held.count == 0) { return; }
  void* gone[remembered];
  std::uint32_t count = 0;
  {
    const record::SpinGuard guard(lock);
    const std::uint32_t now = given_away.load(std::memory_order_relaxed);
    count = now - held.given_away_seen;
    for (std::uint32_t i = 0; i < count && i < remembered; ++i) {
      gone[i] = places_given_away[(now - 1 - i) % remembered];
    }
    held.given_away_seen = now;
  }
  if (count > remembered) {
    while (held.count != 0) { remove(held, held.count - 1); }
    return;
  }
  for (std::uint32_t i = 0; i < count; ++i) { remove(held, gone[i]); }
}

void reset_lock_of_held_locks() { lock.reset(); }

}  // namespace tenter::detector
