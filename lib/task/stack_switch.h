// From one stack to another. On x86-64 a few instructions inside the function that switches, so that the compiler saves
// just what it needs afterwards; elsewhere, and with TENTER_BOOST_SWITCH, Boost.Context's routine. The only file that knows
// Boost.Context.
//
//   void* context = make_stack_context<&main_of_stack>(begin, size);
//   const Arrival arrival = switch_stack(context, data);    // main_of_stack(our context, data) runs, and switches back
//
// A context is the stack pointer of a stack that is not in use. There lie, from the low end up: the floating-point control
// words (MXCSR and the x87 one, which the ABI counts among what a call preserves), where to continue, rbx, rbp. The
// switch ends in a jump by register, not in a return: the processor would predict a return to where the *last* stack
// made its call, and always be wrong.
#pragma once
#include <cstddef>
#include <cstdint>

#include "task/unwind.h"

#if defined(__x86_64__) && !defined(TENTER_BOOST_SWITCH)
#define TENTER_OWN_SWITCH 1
#else
#include <boost/context/detail/fcontext.hpp>
#endif

namespace tenter::detail {

// Called once, on a fresh stack; does not return.
using StackEntry = void (*)(void* from, void* data);

struct Arrival {
  void* from;  // the context that was left
  void* data;  // what its side passed
};

#ifdef TENTER_OWN_SWITCH

struct SavedControl {
  std::uint32_t mxcsr;
  std::uint16_t x87;
  std::uint16_t unused;
};

// What a context points to.
struct SavedStack {
  SavedControl control;
  void* resume;
  void* rbx;
  void* rbp;
};
static_assert(sizeof(SavedStack) == 32 && offsetof(SavedStack, resume) == 8, "switch_stack() has these numbers");

extern "C" [[noreturn]] void tenter_first_on_stack();  // stack_switch.cc

// A context that calls `entry` on the stack [begin, begin + size) when it is first switched to. Beginning with the
// caller's floating-point control, as a thread does.
template <StackEntry entry>
void* make_stack_context(char* begin, std::size_t size) {
  const auto top = reinterpret_cast<std::uintptr_t>(begin + size) & ~std::uintptr_t{15};
  auto* const saved = reinterpret_cast<SavedStack*>(top - sizeof(SavedStack));
  asm volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(saved->control.mxcsr), "=m"(saved->control.x87));
  saved->resume = reinterpret_cast<void*>(&tenter_first_on_stack);
  saved->rbx = reinterpret_cast<void*>(entry);
  saved->rbp = nullptr;
  return saved;
}

[[gnu::always_inline]] inline Arrival switch_stack(void* to, void* data) {
  void* from;
  asm volatile(
      "leaq -128(%%rsp), %%rsp\n\t"  // a leaf function keeps values below its stack pointer
      "pushq %%rbp\n\t"
      "pushq %%rbx\n\t"
      "leaq 1f(%%rip), %%rax\n\t"
      "pushq %%rax\n\t"
      "subq $8, %%rsp\n\t"
      "stmxcsr (%%rsp)\n\t"
      "fnstcw 4(%%rsp)\n\t"
      "movq %%rsp, %%rdx\n\t"
      // Loading these is slow, and they nearly always are the same.
      "movl (%%rdx), %%eax\n\t"
      "cmpl (%%rdi), %%eax\n\t"
      "jne 2f\n\t"
      "movzwl 4(%%rdx), %%eax\n\t"
      "cmpw 4(%%rdi), %%ax\n\t"
      "jne 2f\n"
      "3:\n\t"
      "leaq 16(%%rdi), %%rsp\n\t"
      "jmpq *8(%%rdi)\n"
      "2:\n\t"
      "ldmxcsr (%%rdi)\n\t"
      "fldcw 4(%%rdi)\n\t"
      "jmp 3b\n"
      "1:\n\t"
      "popq %%rbx\n\t"
      "popq %%rbp\n\t"
      "leaq 128(%%rsp), %%rsp"
      : "=&d"(from), "+S"(data), "+D"(to)
      :
      : "rax", "rcx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4",
        "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "cc", "memory");
  return {from, data};
}

// Of the function that left the stack with this context.
inline Registers registers_of(const void* context) {
  const auto& saved = *static_cast<const SavedStack*>(context);
  constexpr std::uintptr_t below = sizeof(SavedStack) + 128;  // what switch_stack() puts below that function's own
  return {reinterpret_cast<std::uintptr_t>(saved.resume), reinterpret_cast<std::uintptr_t>(context) + below,
          reinterpret_cast<std::uintptr_t>(saved.rbp)};
}

#else

template <StackEntry entry>
void* make_stack_context(char* begin, std::size_t size) {
  return boost::context::detail::make_fcontext(
      begin + size, size, [](boost::context::detail::transfer_t transfer) { entry(transfer.fctx, transfer.data); });
}

[[gnu::always_inline]] inline Arrival switch_stack(void* to, void* data) {
  const boost::context::detail::transfer_t transfer = boost::context::detail::jump_fcontext(to, data);
  return {transfer.fctx, transfer.data};
}

inline Registers registers_of(const void*) { return {}; }

#endif

}  // namespace tenter::detail
