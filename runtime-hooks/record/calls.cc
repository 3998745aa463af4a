// The call stack of a thread where control does not follow calls and returns.
#include "record/record.h"
#include "record/recorder.h"
#include "record/thread.h"

namespace tenter::record {

std::size_t handler_enter(Pc interrupted, std::uintptr_t interrupted_stack, std::uintptr_t stack_pointer) {
  Thread* thread = state.thread;
  if (thread == nullptr) { return 0; }
  const std::size_t depth = thread->stack.depth();
  // No stack pointer is above this one: the functions below stay, whatever the handler's own are.
  constexpr std::uintptr_t other_stack = std::uintptr_t{1} << 62;
  thread->stack.push_regardless(interrupted, stack_pointer < interrupted_stack ? stack_pointer : other_stack);
  return depth + 1;
}

void handler_leave(std::size_t entered) {
  Thread* thread = state.thread;
  if (thread != nullptr && entered != 0) { thread->stack.pop_to(entered - 1); }
}

void jumps_to(std::uintptr_t stack_pointer) {
  State& s = state;
  // Out of a signal handler, and out of what it interrupted.
  if (s.inside != 0 && stack_pointer > s.inside && stack_pointer - s.inside < section_stack_bytes) {
    abandon_section(s);
  }
  if (s.thread != nullptr) { s.thread->stack.jump_to(stack_pointer); }
}

bool swap_calls(ShadowStack& other) {
  // A program that tells of its tasks or fibers tells of every switch just before it, and each has its own calls by now.
  if (recorder().tasks.load(std::memory_order_relaxed)) { return false; }
  const Section section(state);
  Thread* thread = section.thread();
  if (thread == nullptr || (!thread->ready() && !thread->prepare())) { return false; }
  // The stream's call stack is emptied here: a stack without calls would never ask for it.
  const std::size_t written = thread->written_depth - thread->written_base;
  if (written != 0) { thread->put(trace::event_word(Op::leave, 0, 0, written)); }
  const ShadowStack mine = thread->stack;
  thread->stack = other;
  thread->restart_stack();
  other = mine;
  return true;
}

}  // namespace tenter::record
