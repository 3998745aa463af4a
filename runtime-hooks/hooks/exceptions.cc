// What keeps an exception alive: std::exception_ptr, and the handlers that it was thrown to again. They count their
// references inside libstdc++, which has no callbacks, and whoever gives up the last one destroys the exception. To
// the recording that would be a destruction that nothing orders with what others read before they let go.
//
// So each reference is given up here, as any counted reference must be: release, decrement, and who reaches zero
// acquires and then destroys. Where the count lies is part of the C++ ABI of GCC (libstdc++'s unwind-cxx.h) since 4.5.
#include <cstddef>
#include <cstdint>

#include "hooks/library_function.h"
#include "record/record.h"

namespace tenter::hooks {
namespace {

using record::Pc;
using trace::Op;

// The head of every exception, thrown or only referred to; what was thrown follows it. libstdc++'s __cxa_exception and,
// with `type_or_primary` as primary exception, __cxa_dependent_exception.
struct alignas(16) ExceptionHead {
  void* type_or_primary;
  void* handlers[3];
  ExceptionHead* next_caught;
  int handler_count;
  int handler_switch_value;
  void* places[4];
  std::uint64_t exception_class;
  void* unwinder[3];
};
static_assert(sizeof(ExceptionHead) == 112 && offsetof(ExceptionHead, exception_class) == 80);

struct Globals {  // __cxa_eh_globals
  ExceptionHead* caught;
  unsigned uncaught;
};

// The reference count stands before the head of the exception that was allocated.
struct alignas(16) CountedHead {
  int references;
  ExceptionHead head;
};
static_assert(sizeof(CountedHead) == 128);

constexpr std::uint64_t gnu_cxx_class =
    0x474e5543432b2b00;  // "GNUCC++"; the last byte is 1 for one that refers to another

int* references_of(void* exception) { return &(static_cast<CountedHead*>(exception) - 1)->references; }

using Release = void(void**);
using GetGlobals = Globals*();

}  // namespace

TENTER_LIBRARY_FUNCTION(next_release, Release, "_ZNSt15__exception_ptr13exception_ptr10_M_releaseEv")
TENTER_LIBRARY_FUNCTION(next_globals, GetGlobals, "__cxa_get_globals")
TENTER_LIBRARY_FUNCTION(next_end_catch, void(), "__cxa_end_catch")

namespace {

// One reference less, and the exception destroyed if it was the last.
void let_go(void* exception, Release* release, Pc pc, std::uintptr_t frame) {
  record::sync(Op::release, 0, 0, exception, pc);
  int* references = references_of(exception);
  if (__atomic_sub_fetch(references, 1, __ATOMIC_ACQ_REL) != 0) { return; }
  record::sync(Op::acquire, 0, 0, exception, pc);
  // Ours alone now: libstdc++ shall take the step from one to none, and destroy it.
  __atomic_store_n(references, 1, __ATOMIC_RELAXED);
  // The program's own line stands below the destructor's and free's.
  record::enter(pc, frame);
  release(&exception);
  record::leave();
}

// What this thread's innermost handler has caught, if the handler's end gives up a reference to it.
void* about_to_be_left(const Globals& globals) {
  const ExceptionHead* head = globals.caught;
  if (head == nullptr || (head->exception_class & ~std::uint64_t{1}) != gnu_cxx_class || head->handler_count != 1) {
    return nullptr;
  }
  if ((head->exception_class & 1) != 0) { return head->type_or_primary; }
  return const_cast<ExceptionHead*>(head + 1);
}

}  // namespace

// A member function: the exception_ptr, which is one pointer to the exception, comes as `this`.
TENTER_HOOK void hook_exception_ptr_release(void** self) __asm__("_ZNSt15__exception_ptr13exception_ptr10_M_releaseEv");
void hook_exception_ptr_release(void** self) {
  Release* release = next_release.get(hook_exception_ptr_release);
  if (!record::active()) { return release(self); }
  void* exception = *self;
  *self = nullptr;
  let_go(exception, release, TENTER_CALLER_PC(), TENTER_CALLER_FRAME());
}

TENTER_HOOK void hook_cxa_end_catch() __asm__("__cxa_end_catch");
void hook_cxa_end_catch() {
  auto* end_catch = next_end_catch.get(hook_cxa_end_catch);
  Release* release = next_release.find(hook_exception_ptr_release);  // null: another C++ run-time library
  if (release == nullptr || !record::active()) { return end_catch(); }
  void* exception = about_to_be_left(*next_globals.get(nullptr)());
  if (exception == nullptr) { return end_catch(); }
  // With a reference of ours it outlives the end of the handler.
  __atomic_fetch_add(references_of(exception), 1, __ATOMIC_RELAXED);
  end_catch();
  let_go(exception, release, TENTER_CALLER_PC(), TENTER_CALLER_FRAME());
}

}  // namespace tenter::hooks
