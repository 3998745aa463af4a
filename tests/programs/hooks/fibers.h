// Fibers of ThreadSanitizer's kind over swapcontext, both runs on one thread: a generator that is switched to and from.
#pragma once
#include <sanitizer/tsan_interface.h>
#include <ucontext.h>

#define NOT_RECORDED __attribute__((noinline, NO_CALLBACKS))
#if defined(__clang__)
#define NO_CALLBACKS disable_sanitizer_instrumentation
#else
#define NO_CALLBACKS no_sanitize("thread")
#endif

struct Fiber {
  void* handle;
  ucontext_t context;
  alignas(16) char stack[64 * 1024];
};

inline NOT_RECORDED void switch_fiber(Fiber& from, Fiber& to, unsigned flags) {
  __tsan_switch_to_fiber(to.handle, flags);
  swapcontext(&from.context, &to.context);
}
inline NOT_RECORDED void start_fiber(Fiber& fiber, void (*body)()) {
  fiber.handle = __tsan_create_fiber(0);
  getcontext(&fiber.context);
  fiber.context.uc_stack.ss_sp = fiber.stack;
  fiber.context.uc_stack.ss_size = sizeof fiber.stack;
  makecontext(&fiber.context, body, 0);
}
