// Control that leaves functions without a word, or goes on in another stack. Accesses and order are seen anyway; what
// is kept straight here is the call stack of each of them.
//
// setjmp and getcontext cannot be wrapped, since their caller's frame is what they remember. It is enough to see the jump.
// A coroutine that switches stacks by itself, in assembler, is followed by its stack pointer only (record/shadow_stack.h).
#include <setjmp.h>
#include <ucontext.h>

#include "hooks/interpose.h"
#include "record/shadow_stack.h"

namespace tenter::hooks {
namespace {

// Where setjmp's caller had its stack. glibc keeps the pointer rotated, and mixed with a secret of the process that
// lies behind the thread pointer.
std::uintptr_t stack_pointer_of(const __jmp_buf_tag* target) {
  constexpr unsigned place_of_stack_pointer = 6;
  auto value = static_cast<std::uintptr_t>(target->__jmpbuf[place_of_stack_pointer]);
  asm("ror $0x11, %0\n\txor %%fs:0x30, %0" : "+r"(value));
  return value;
}

}  // namespace

#define TENTER_LONGJMP(function)                                          \
  TENTER_INTERPOSE(void, function, (__jmp_buf_tag * target, int value)) { \
    if (record::active()) { record::jumps_to(stack_pointer_of(target)); } \
    REAL(function)(target, value);                                        \
    __builtin_unreachable();                                              \
  }
TENTER_LONGJMP(longjmp)
TENTER_LONGJMP(_longjmp)
TENTER_LONGJMP(siglongjmp)
TENTER_LONGJMP(__longjmp_chk)

// Whoever switches back to `from` comes back into this function, on whatever thread.
TENTER_INTERPOSE(int, swapcontext, (ucontext_t * from, const ucontext_t* to)) {
  record::ShadowStack calls{};  // empty
  // The other side begins with none, or is in here and has its own.
  if (!record::swap_calls(calls)) { return REAL(swapcontext)(from, to); }
  const int result = REAL(swapcontext)(from, to);
  record::swap_calls(calls);
  calls.release();
  return result;
}
TENTER_INTERPOSE(int, setcontext, (const ucontext_t* to)) {
  if (record::active()) { record::jumps_to(static_cast<std::uintptr_t>(to->uc_mcontext.gregs[REG_RSP])); }
  return REAL(setcontext)(to);
}

}  // namespace tenter::hooks
