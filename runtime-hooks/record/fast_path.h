// What happens on every load, store and call of the program, to be inlined into the compiler's callbacks.
//
// A repeated access ends at one look into the thread's filter: no call, no store. A new one appends one word to the
// window. Everything rare is out of line.
#pragma once
#include "record/recorder.h"
#include "record/thread.h"

namespace tenter::record {

// A callback before the recorder runs, or on a thread that it does not know yet. Null: do nothing.
Thread* first_callback(State& s, Pc pc) __attribute__((cold, noinline));

void defer_access(Thread& thread, std::uintptr_t address, std::size_t size, std::uint8_t flags, Pc pc)
    __attribute__((cold, noinline));

// An access that the filter does not cover.
template <unsigned size_log2, bool write>
__attribute__((noinline)) void new_access(State& s, Thread& thread, std::uintptr_t address, Pc pc) {
  if ((s.inside | s.quiet) != 0) [[unlikely]] {
    if (s.quiet != 0) {
      return;
    }
    if (!recover(s)) {
      defer_access(thread, address, std::size_t{1} << size_log2, write ? trace::AccessFlag::write : 0, pc);
      return;
    }
  }
  Section::enter(s);
  Section::begin(thread);
  if (__atomic_load_n(&thread.closing, __ATOMIC_RELAXED)) [[unlikely]] {
    s.memory = nullptr;   // for good: the recording is being finished
  } else if (thread.ready() || thread.prepare()) [[likely]] {
    auto delta = static_cast<std::int64_t>(pc - thread.pc);
    if (!trace::fits_pc_delta(delta)) {
      thread.set_pc(pc);
      delta = 0;
    }
    thread.pc = pc;
    thread.put(trace::access_word(address, size_log2, write, delta));
    thread.filter.add(address, size_log2, write);
  }
  Section::end(thread);
  Section::leave(s);
}

template <unsigned size_log2, bool write>
inline void access_fast(const void* where, Pc pc) {
  State& s = state;
  Thread* thread = s.memory;
  if (thread == nullptr) [[unlikely]] {
    if (s.thread != nullptr || first_callback(s, pc) == nullptr || s.memory == nullptr) {
      return;
    }
    thread = s.memory;
  }
  const auto address = reinterpret_cast<std::uintptr_t>(where);
  if (!thread->filter.covers(address, size_log2, write)) {
    new_access<size_log2, write>(s, *thread, address, pc);
  }
}

inline void enter_fast(Pc call_site, std::uintptr_t stack_pointer, Pc pc) {
  State& s = state;
  Thread* thread = s.thread;
  if (thread == nullptr) [[unlikely]] {
    thread = first_callback(s, pc);
    if (thread == nullptr) {
      return;
    }
  }
  thread->stack.push(call_site, stack_pointer);
}

inline void leave_fast() {
  Thread* thread = state.thread;
  if (thread != nullptr) [[likely]] {
    thread->stack.pop();
  }
}

// A call that is left by number: nothing that happens in between, exceptions and the recorder's own start included,
// makes enter and leave disagree. 0: nothing was entered.
inline std::size_t enter_call(Pc call_site, std::uintptr_t stack_pointer, Pc pc) {
  State& s = state;
  Thread* thread = s.thread;
  if (thread == nullptr) [[unlikely]] {
    thread = first_callback(s, pc);
    if (thread == nullptr) {
      return 0;
    }
  }
  return thread->stack.push_call(call_site, stack_pointer);
}

inline void leave_call(std::size_t entered) {
  Thread* thread = state.thread;
  if (thread != nullptr && entered != 0) {
    thread->stack.pop_to(entered - 1);
  }
}

}  // namespace tenter::record
