// Interposing: our definition of a libc function stands before libc's in the lookup order, says what happened, and
// calls the next one.
//
//   TENTER_INTERPOSE(int, pthread_spin_unlock, (pthread_spinlock_t * lock)) {
//     record::sync(Op::lock_release, 0, spin, lock, TENTER_CALLER_PC());
//     return REAL(pthread_spin_unlock)(lock);
//   }
//
// The C++ name of a hook is hook_NAME and only its symbol is NAME, so that no header's declaration (attributes,
// exception specification, const overloads of <cstring>) can disagree with ours.
//
// Every hook keeps errno as the real function leaves it, and is only the real function while record::active() is false.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "record/own_work.h"
#include "record/record.h"

struct _pthread_cleanup_buffer;

namespace tenter::hooks {

// The next definition of a function after ours. All of them lie in one section of the object, which a constructor
// walks to look them up before main; a hook that is called even earlier looks up its own. In a static program the linker
// has filled them in (linked_definitions.cc).
struct alignas(16) NextDefinition {
  std::atomic<void*> address;
  const char* name;
};
static_assert(sizeof(NextDefinition) == 16, "the section is walked as an array");

// The address, or null: there is no further definition, or this thread is inside dlsym just now.
void* look_up(NextDefinition& next) noexcept;

// Are two functions parts of one library? False where that is not known.
bool in_one_library(void* left, void* right) noexcept;

// Does the program call libc through us? Not if the recorder was loaded by dlopen, behind a plug-in: then the program and
// libc found each other before.
bool stand_before_libc() noexcept;

template <class Function>
inline Function next_definition(NextDefinition& next) noexcept {
  // The address is the same whoever stores it, and what it points to was there before the program started.
  void* address = next.address.load(std::memory_order_relaxed);
  if (address == nullptr) [[unlikely]] { address = look_up(next); }
  return reinterpret_cast<Function>(address);
}

// Runs `routine` if the thread is cancelled, or calls pthread_exit, while this lives. The recorder is
// built without exceptions, hence not a destructor that unwinding would find.
class WhenCancelled {
 public:
  WhenCancelled(void (*routine)(void*), void* argument);
  ~WhenCancelled();
  WhenCancelled(const WhenCancelled&) = delete;
  WhenCancelled& operator=(const WhenCancelled&) = delete;

 private:
  alignas(16) std::byte buffer_[32];
};

using record::KeepErrno;

// A blocking call between wait_begin and wait_end.
class Waiting {
 public:
  Waiting(trace::WaitKind kind, const void* object, record::Pc pc, const int* holder = nullptr) {
    record::wait_begin(kind, object, pc, holder);
  }
  ~Waiting() { record::wait_end(); }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
};

// A release before what libc is asked to do later, or an acquire when it does it.
inline void orders(trace::Op op, const void* object, record::Pc pc) {
  if (record::active()) { record::sync(op, 0, 0, object, pc); }
}

// True if accesses that a libc function makes for the code at `pc` belong into the recording: the
// insides of libraries without callbacks are not the program's business.
inline bool speaks_for_program(record::Pc pc) { return record::active() && record::in_instrumented_module(pc); }

inline void library_read(const void* address, std::size_t size, record::Pc pc) {
  if (size != 0) { record::access_range(address, size, trace::AccessFlag::library, pc); }
}
inline void library_write(const void* address, std::size_t size, record::Pc pc) {
  if (size != 0) { record::access_range(address, size, trace::AccessFlag::library | trace::AccessFlag::write, pc); }
}

}  // namespace tenter::hooks

// TENTER_NEXT(int, sched_yield, ()): makes REAL(sched_yield) known in this file without a hook of ours.
#ifdef TENTER_STATIC
#define TENTER_NEXT(result, function, parameters)                                           \
  extern "C" char linked_##function __asm__("__real_" #function);                           \
  namespace {                                                                               \
  using type_of_##function = result(*) parameters;                                          \
  constinit ::tenter::hooks::NextDefinition next_##function{&linked_##function, #function}; \
  }
#else
#define TENTER_NEXT(result, function, parameters)                                                                     \
  namespace {                                                                                                         \
  using type_of_##function = result(*) parameters;                                                                    \
  __attribute__((section("tenter_next"), used)) constinit ::tenter::hooks::NextDefinition next_##function{nullptr,    \
                                                                                                          #function}; \
  }
#endif

// The head of a hook; its body follows. The second form is for a function that a TENTER_NEXT made known before.
#define TENTER_INTERPOSE(result, function, parameters) \
  TENTER_NEXT(result, function, parameters)            \
  TENTER_INTERPOSE_KNOWN(result, function, parameters)
#define TENTER_INTERPOSE_KNOWN(result, function, parameters)                     \
  TENTER_HOOK result hook_##function parameters __asm__(#function);              \
  static_assert(std::is_same_v<decltype(&hook_##function), type_of_##function>); \
  result hook_##function parameters

// The real function, of the exact type of its hook.
#define REAL(function) (::tenter::hooks::next_definition<type_of_##function>(next_##function))

// A second symbol for the hook before it.
#define TENTER_ALIAS(result, alias_name, parameters, function) \
  TENTER_HOOK result hook_##alias_name parameters __asm__(#alias_name) __attribute__((alias(#function)));
