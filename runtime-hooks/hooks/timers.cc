// Timers whose expiry calls a function in a thread that libc makes (SIGEV_THREAD): what came before timer_create() and
// timer_settime() happened before what that function does.
#include <csignal>
#include <ctime>

#include "hooks/interpose.h"

namespace tenter::hooks {

using record::Pc;
using trace::Op;

TENTER_NEXT(void*, malloc, (std::size_t))
TENTER_NEXT(void, free, (void*))

namespace {

// Such a timer. Never given back: a thread that was made before timer_delete() may begin after it.
struct Told {
  void (*function)(sigval);
  sigval value;
  std::atomic<timer_t> id;
  Told* next;
};
static_assert(std::atomic<timer_t>::is_always_lock_free);

constinit std::atomic<Told*> newest = nullptr;

void call(sigval value) {
  const Told& timer = *static_cast<const Told*>(value.sival_ptr);
  orders(Op::acquire, &timer, reinterpret_cast<Pc>(timer.function));
  timer.function(timer.value);
}

// Null: no timer that calls a function, or one from before the recording. Of two with one id the newer one lives.
const Told* find(timer_t id) {
  const Told* timer = newest.load(std::memory_order_acquire);
  while (timer != nullptr && timer->id.load(std::memory_order_relaxed) != id) { timer = timer->next; }
  return timer;
}

}  // namespace

TENTER_INTERPOSE(int, timer_create, (clockid_t clock, sigevent* event, timer_t* id)) {
  if (!record::active() || event == nullptr || event->sigev_notify != SIGEV_THREAD) {
    return REAL(timer_create)(clock, event, id);
  }
  auto* timer = static_cast<Told*>(REAL(malloc)(sizeof(Told)));
  if (timer == nullptr) { return REAL(timer_create)(clock, event, id); }
  new (timer) Told{event->sigev_notify_function, event->sigev_value, nullptr, nullptr};
  sigevent ours = *event;
  ours.sigev_notify_function = call;
  ours.sigev_value.sival_ptr = timer;
  orders(Op::release, timer, TENTER_CALLER_PC());
  const int result = REAL(timer_create)(clock, &ours, id);
  if (result != 0) {
    const KeepErrno keep;
    REAL(free)(timer);
    return result;
  }
  timer->id.store(*id, std::memory_order_relaxed);
  timer->next = newest.load(std::memory_order_relaxed);
  while (!newest.compare_exchange_weak(timer->next, timer, std::memory_order_release)) {}
  return result;
}

TENTER_INTERPOSE(int, timer_settime, (timer_t id, int flags, const itimerspec* when, itimerspec* before)) {
  if (record::active()) {
    if (const Told* timer = find(id)) { orders(Op::release, timer, TENTER_CALLER_PC()); }
  }
  return REAL(timer_settime)(id, flags, when, before);
}

}  // namespace tenter::hooks
