// Call stacks where control does not follow calls and returns: longjmp, a signal handler on a stack of its own, contexts.
// each: data-race object=after_jump,in_handler,after_handler,in_context,after_context,at_context_end
// stack: after_jump leaves_by_jump one
// stack: in_handler handler one
// stack: after_handler is_interrupted one
// stack: in_context inside body
// stack: after_context switches one
// stack: at_context_end inside body
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <thread>

#include "gate.h"

int after_jump, in_handler, after_handler, in_context, after_context, at_context_end;
jmp_buf back;
[[gnu::noinline]] void jumps() { longjmp(back, 1); }
[[gnu::noinline]] void deeper() {
  jumps();
  asm volatile("");  // not a jump there
}
[[gnu::noinline]] void leaves_by_jump() {
  if (setjmp(back) == 0) deeper();
  after_jump = 1;
}
void handler(int) { in_handler = 1; }
[[gnu::noinline]] void is_interrupted() {
  raise(SIGUSR1);
  after_handler = 1;
}
ucontext_t main_context, other_context;
[[gnu::noinline]] void inside() {
  in_context = 1;
  swapcontext(&other_context, &main_context);
  at_context_end = 1;
}
[[gnu::noinline]] void body() {
  inside();
  asm volatile("");
}
[[gnu::noinline]] void switches() {
  getcontext(&other_context);
  static char stack[1 << 16];
  other_context.uc_stack = {stack, 0, sizeof stack};
  other_context.uc_link = &main_context;
  makecontext(&other_context, body, 0);
  swapcontext(&main_context, &other_context);
  after_context = 1;
  swapcontext(&main_context, &other_context);
}
[[gnu::noinline]] void one() {
  leaves_by_jump();
  stack_t own{};
  own.ss_size = 1 << 16;
  // Close to the thread's own stack, which lies in a mapping as well.
  own.ss_sp = mmap(nullptr, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  sigaltstack(&own, nullptr);
  struct sigaction action{};
  action.sa_handler = handler;
  action.sa_flags = SA_ONSTACK;
  sigaction(SIGUSR1, &action, nullptr);
  is_interrupted();
  switches();
}
int main() {
  Gate done;
  std::thread other([&] {
    one();
    done.open();
  });
  done.wait();
  after_jump = in_handler = after_handler = in_context = after_context = at_context_end = 2;
  other.join();
}
