// The guards of the library's static locals (Itanium C++ ABI, 3.3.3). libstdc++'s are seen by recorders, as the program's have to
// be: where the first two threads of a program met in one of the library's, that would order what the program itself does not,
// and a race of that moment would be missed. cmake/own_functions.cmake turns the calls in the archive to these.
#include <cstdint>

#include "task/futex.h"

namespace {

// The compiler asks for the first byte before it calls, and the rest of the eight is ours.
struct Guard {
  std::atomic<std::uint8_t> made;
  tenter::detail::FutexLock lock;
};
static_assert(sizeof(Guard) == sizeof(std::uint64_t));

}  // namespace

#define TENTER_OWN extern "C" __attribute__((visibility("hidden")))

TENTER_OWN int tenter_own___cxa_guard_acquire(Guard* guard);
TENTER_OWN void tenter_own___cxa_guard_release(Guard* guard);
TENTER_OWN void tenter_own___cxa_guard_abort(Guard* guard);

// 1: the caller makes the object, and calls one of the other two.
int tenter_own___cxa_guard_acquire(Guard* guard) {
  guard->lock.lock();
  if (guard->made.load(std::memory_order_relaxed) == 0) { return 1; }
  guard->lock.unlock();
  return 0;
}

void tenter_own___cxa_guard_release(Guard* guard) {
  guard->made.store(1, std::memory_order_release);  // pairs with the compiler's own look at it
  guard->lock.unlock();
}

void tenter_own___cxa_guard_abort(Guard* guard) { guard->lock.unlock(); }
