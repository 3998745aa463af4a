// Functions of libraries that a program may well do without: libatomic, libgomp, the C++ run-time library. They are
// looked up at the first call of our hook, and not in libc alone: a plug-in may have brought its own copy of the library
// with it, which only its own handle leads to.
//
//   constinit LibraryFunction<void()> next_barrier{"GOMP_barrier"};
//   next_barrier.get(hook_barrier)();
#pragma once
#include "record/record.h"

namespace tenter::hooks {

// The definition that the dynamic linker would take if the one at `own` were not there; null: there is none.
void* find_library_function(const char* name, const void* own) noexcept;

template <class Function>
class LibraryFunction {
 public:
  constexpr explicit LibraryFunction(const char* name) : name_(name) {}

  // Null: no library of the process has it.
  Function* find(Function* own) {
    // Whoever stores it stores the same address.
    Function* function = __atomic_load_n(&function_, __ATOMIC_RELAXED);
    if (function == nullptr) [[unlikely]] {
      function = reinterpret_cast<Function*>(find_library_function(name_, reinterpret_cast<const void*>(own)));
      __atomic_store_n(&function_, function, __ATOMIC_RELAXED);
    }
    return function;
  }

  // For what nobody calls without having the library.
  Function* get(Function* own) {
    Function* function = find(own);
    if (function == nullptr) { __builtin_trap(); }
    return function;
  }

 private:
  const char* name_;
  Function* function_ = nullptr;
};

}  // namespace tenter::hooks
