// std::promise::set_value_at_thread_exit and its likes: the result becomes ready when the thread ends, inside libstdc++,
// which has no callbacks. To the recording nothing would order what the thread did with whoever got the result.
//
// So what libstdc++ runs at the thread's end goes through us: the store that makes the state ready is told, and the
// reference that keeps the state alive is counted with callbacks. What lies where is part of the ABI of libstdc++
// (<future>, <bits/shared_ptr_base.h>) since GCC 5.
#include <cstddef>
#include <cstdint>

#include "hooks/library_function.h"
#include "record/atomic.h"
#include "record/record.h"

namespace tenter::hooks {
namespace {

using record::AtomicEvent;
using record::Pc;
using trace::MemoryOrder;
using trace::Op;

// _Sp_counted_base: who counts to none calls the third and the fourth of its virtual functions.
struct Counted {
  using Function = void(Counted*);
  Function* const* functions;
  int uses, weak_uses;
};
static_assert(offsetof(Counted, uses) == 8 && offsetof(Counted, weak_uses) == 12);
constexpr std::size_t dispose = 2, destroy = 3;

// __future_base::_State_baseV2, as far as whether it is ready.
struct FutureState {
  void* functions;
  void* result;
  unsigned status;
};
static_assert(offsetof(FutureState, status) == 16);

// _State_baseV2::_Make_ready: one of the things to do at a thread's end, with a weak_ptr to the state.
struct MakeReady {
  void* next;
  void (*run)(void*);
  FutureState* state;
  Counted* count;
};
static_assert(offsetof(MakeReady, run) == 8 && offsetof(MakeReady, state) == 16);

using Set = void(MakeReady*);

}  // namespace

TENTER_LIBRARY_FUNCTION(next_set, Set, "_ZNSt13__future_base13_State_baseV211_Make_ready6_M_setEv")

namespace {

// _Make_ready::_S_run, the same function for all of them.
void (*real_run)(void*) = nullptr;

// As weak_ptr::lock() does.
bool take(Counted& count) {
  int uses = __atomic_load_n(&count.uses, __ATOMIC_RELAXED);
  while (uses != 0) {
    if (__atomic_compare_exchange_n(&count.uses, &uses, uses + 1, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
      return true;
    }
  }
  return false;
}

bool is_last(int& references, Pc pc) {
  constexpr auto order = static_cast<std::uint8_t>(MemoryOrder::acq_rel);
  return record::atomically(
             &references, pc, [&] { return __atomic_fetch_sub(&references, 1, __ATOMIC_ACQ_REL); },
             [](int) { return AtomicEvent{Op::atomic_rmw, order, sizeof(int)}; }) == 1;
}

void give_back(Counted& count, Pc pc) {
  if (!is_last(count.uses, pc)) { return; }
  count.functions[dispose](&count);
  if (is_last(count.weak_uses, pc)) { count.functions[destroy](&count); }
}

void run_told(void* what) {
  const auto* ready = static_cast<const MakeReady*>(what);
  FutureState* state = ready->state;
  Counted* count = ready->count;
  auto* run = __atomic_load_n(&real_run, __ATOMIC_RELAXED);  // this thread stored it
  if (!record::active() || count == nullptr || !take(*count)) { return run(what); }
  const Pc pc = TENTER_CALLER_PC();
  record::sync(Op::atomic_store, static_cast<std::uint8_t>(MemoryOrder::release), sizeof state->status, &state->status,
               pc);
  run(what);
  give_back(*count, pc);
}

}  // namespace

// A member function: the _Make_ready comes as `this`, and goes on the thread's list.
TENTER_HOOK void hook_make_ready_set(MakeReady* self) __asm__(
    "_ZNSt13__future_base13_State_baseV211_Make_ready6_M_setEv");
void hook_make_ready_set(MakeReady* self) {
  next_set.get(hook_make_ready_set)(self);
  if (!record::active()) { return; }
  auto* known = __atomic_load_n(&real_run, __ATOMIC_RELAXED);  // whoever stores it stores the same address
  if (known == nullptr) {
    __atomic_store_n(&real_run, self->run, __ATOMIC_RELAXED);
  }
  // Another copy of libstdc++ has another; what is left alone works, and is merely not seen.
  else if (known != self->run) {
    return;
  }
  self->run = run_told;
}

}  // namespace tenter::hooks
