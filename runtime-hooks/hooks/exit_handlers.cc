// Functions that run when the process ends, or a library goes: whoever runs them, what came before their
// registration happened before them. Destructors of static objects are among them.
#include "hooks/exit_handlers.h"

#include "hooks/interpose.h"

namespace tenter::hooks {

using record::Pc;
using trace::Op;

TENTER_NEXT(void*, malloc, (std::size_t))
TENTER_NEXT(void, free, (void*))

namespace {

using Function = void (*)(void*);
using FunctionOfStatus = void (*)(int, void*);

template <class AnyFunction>
struct Registered {
  AnyFunction function;
  void* argument;
};

constinit std::uint64_t quick_exit_functions = 0;  // only its address is used: they have no argument of ours

// Null: this one goes to libc as it is.
template <class AnyFunction>
Registered<AnyFunction>* remember(AnyFunction function, void* argument, Pc pc) {
  if (!record::active()) { return nullptr; }
  auto* registered = static_cast<Registered<AnyFunction>*>(REAL(malloc)(sizeof(Registered<AnyFunction>)));
  if (registered != nullptr) {
    *registered = {function, argument};
    orders(Op::release, registered, pc);
  }
  return registered;
}

template <class AnyFunction>
Registered<AnyFunction> taken(void* raw) {
  auto* registered = static_cast<Registered<AnyFunction>*>(raw);
  const Registered<AnyFunction> result = *registered;
  orders(Op::acquire, registered, reinterpret_cast<Pc>(result.function));
  REAL(free)(registered);
  return result;
}

void run(void* raw) {
  const auto registered = taken<Function>(raw);
  registered.function(registered.argument);
}
void run_with_status(int status, void* raw) {
  const auto registered = taken<FunctionOfStatus>(raw);
  registered.function(status, registered.argument);
}

}  // namespace

// atexit() is a part of each program and library, and comes here as well.
TENTER_INTERPOSE(int, __cxa_atexit, (Function function, void* argument, void* library)) {
  auto* registered = remember(function, argument, TENTER_CALLER_PC());
  if (registered == nullptr) { return REAL(__cxa_atexit)(function, argument, library); }
  const int result = REAL(__cxa_atexit)(run, registered, library);
  if (result != 0) { REAL(free)(registered); }
  return result;
}
TENTER_INTERPOSE(int, on_exit, (FunctionOfStatus function, void* argument)) {
  auto* registered = remember(function, argument, TENTER_CALLER_PC());
  if (registered == nullptr) { return REAL(on_exit)(function, argument); }
  const int result = REAL(on_exit)(run_with_status, registered);
  if (result != 0) { REAL(free)(registered); }
  return result;
}

// As atexit(), of the functions that quick_exit() runs.
TENTER_INTERPOSE(int, __cxa_at_quick_exit, (Function function, void* library)) {
  orders(Op::release, &quick_exit_functions, TENTER_CALLER_PC());
  return REAL(__cxa_at_quick_exit)(function, library);
}
void before_quick_exit(Pc pc) { orders(Op::acquire, &quick_exit_functions, pc); }

}  // namespace tenter::hooks
