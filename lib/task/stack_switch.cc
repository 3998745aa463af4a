// The first instructions on a fresh stack, to which switch_stack() jumps with the context that was left in rdx and the
// data in rsi. Stack walks end here: nobody called it.
#include "task/stack_switch.h"

#ifdef TENTER_OWN_SWITCH
asm(R"(
  .text
  .globl tenter_first_on_stack
  .hidden tenter_first_on_stack
  .type tenter_first_on_stack, @function
  .p2align 4
tenter_first_on_stack:
  .cfi_startproc
  .cfi_undefined rip
  .cfi_undefined rbp
  popq %rax
  popq %rbp
  movq %rdx, %rdi
  callq *%rax
  ud2
  .cfi_endproc
  .size tenter_first_on_stack, . - tenter_first_on_stack
)");
#endif
