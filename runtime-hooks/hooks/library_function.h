// Functions of libraries that a program may well do without: libatomic, libgomp, the C++ run-time library. They are
// looked up at the first call of our hook, and not in libc alone: a plug-in may have brought its own copy of the library
// with it, which only its own handle leads to.
//
//   TENTER_LIBRARY_FUNCTION(next_barrier, void(), "GOMP_barrier")
//   next_barrier.get(hook_barrier)();
//
// In a static program the linker has found them, or has not.
#pragma once
#include "record/record.h"

namespace tenter::hooks {

// The definition that the dynamic linker would take if the one at `own` were not there; null: there is none.
void* find_library_function(const char* name, const void* own) noexcept;

template <class Function>
class LibraryFunction {
 public:
  constexpr explicit LibraryFunction(const char* name, void* linked = nullptr) : name_(name), function_(linked) {}

  // Null: no library of the process has it.
  Function* find(Function* own) {
    // Whoever stores it stores the same address.
    void* function = __atomic_load_n(&function_, __ATOMIC_RELAXED);
    if (function == nullptr) [[unlikely]] {
      function = find_library_function(name_, reinterpret_cast<const void*>(own));
      __atomic_store_n(&function_, function, __ATOMIC_RELAXED);
    }
    return reinterpret_cast<Function*>(function);
  }

  // For what nobody calls without having the library.
  Function* get(Function* own) {
    Function* function = find(own);
    if (function == nullptr) { __builtin_trap(); }
    return function;
  }

 private:
  const char* name_;
  void* function_;
};

}  // namespace tenter::hooks

#ifdef TENTER_STATIC
#define TENTER_LIBRARY_FUNCTION(variable, function_type, symbol)                                  \
  extern "C" char linked_##variable __asm__("__real_" symbol);                                    \
  namespace {                                                                                     \
  constinit ::tenter::hooks::LibraryFunction<function_type> variable{symbol, &linked_##variable}; \
  }
#else
#define TENTER_LIBRARY_FUNCTION(variable, function_type, symbol)              \
  namespace {                                                                 \
  constinit ::tenter::hooks::LibraryFunction<function_type> variable{symbol}; \
  }
#endif
