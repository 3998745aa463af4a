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
void enter_first(Pc call_site, std::uintptr_t stack_pointer, Pc pc) __attribute__((cold, noinline));
template <unsigned size_log2, bool write>
void access_in_two(std::uintptr_t address, Pc pc) __attribute__((cold, noinline));
template <unsigned size_log2, bool write>
void access_first(std::uintptr_t address, Pc pc) __attribute__((cold, noinline));
template <bool write>
void pair_first(std::uintptr_t address, Pc pc) __attribute__((cold, noinline));

void defer_access(Thread& thread, std::uintptr_t address, std::size_t size, std::uint8_t flags, Pc pc)
    __attribute__((cold, noinline));

// An access that the filter does not cover.
template <unsigned size_log2, bool write>
__attribute__((noinline)) void new_access(std::uintptr_t address, Pc pc) {
  State& s = state;
  if (s.memory == nullptr) [[unlikely]] {
    return;  // a signal handler came in between, and found the recording over
  }
  Thread& thread = *s.memory;
  if ((s.inside | s.quiet) != 0) [[unlikely]] {
    if (s.quiet != 0) { return; }
    if (!recover(s)) {
      defer_access(thread, address, std::size_t{1} << size_log2, write ? trace::AccessFlag::write : 0, pc);
      return;
    }
  }
  Section::enter(s);
  Section::begin(thread);
  if (__atomic_load_n(&thread.closing, __ATOMIC_RELAXED)) [[unlikely]] {
    s.memory = nullptr;  // for good: the recording is being finished
  } else if (thread.leaves_out(address, std::size_t{1} << size_log2)) [[unlikely]] {
    thread.filter.add(address, size_log2, write);
  } else if (thread.ready() || thread.prepare()) [[likely]] {
    thread.put_access(address, size_log2, write, pc);
    thread.filter.add(address, size_log2, write);
  }
  Section::end(thread);
  Section::leave(s);
}

template <unsigned size_log2, bool write>
inline void access_fast(const void* where, Pc pc) {
  State& s = state;
  Thread* thread = s.memory;
  const auto address = reinterpret_cast<std::uintptr_t>(where);
  if (thread == nullptr) [[unlikely]] {
    access_first<size_log2, write>(address, pc);
    return;
  }
  if (!AccessFilter::within_granule(address, size_log2)) [[unlikely]] {
    access_in_two<size_log2, write>(address, pc);
  } else if (!thread->filter.covers_within(address, size_log2, write)) {
    new_access<size_log2, write>(address, pc);
  }
}

// Across the border of two granules.
template <unsigned size_log2, bool write>
void access_in_two(std::uintptr_t address, Pc pc) {
  const Thread* thread = state.memory;
  if (thread != nullptr && !thread->filter.covers(address, size_log2, write)) {
    new_access<size_log2, write>(address, pc);
  }
}

// Where there is nowhere to put accesses, or not yet.
template <unsigned size_log2, bool write>
void access_first(std::uintptr_t address, Pc pc) {
  State& s = state;
  if (s.thread == nullptr && first_callback(s, pc) != nullptr && s.memory != nullptr) {
    new_access<size_log2, write>(address, pc);
  }
}

// 16 bytes are two accesses of 8: neighbours, so that a loop over them is a run.
template <bool write>
__attribute__((noinline)) void new_pair(std::uintptr_t address, Pc pc) {
  new_access<3, write>(address, pc);
  new_access<3, write>(address + 8, pc);
}

template <bool write>
inline void access_pair_fast(const void* where, Pc pc) {
  State& s = state;
  Thread* thread = s.memory;
  const auto address = reinterpret_cast<std::uintptr_t>(where);
  if (thread == nullptr || (address & 15u) != 0) [[unlikely]] {
    pair_first<write>(address, pc);
  } else if (!thread->filter.covers_pair(address, write)) {
    new_pair<write>(address, pc);
  }
}

// At an odd place, or where there is nowhere to put it yet.
template <bool write>
void pair_first(std::uintptr_t address, Pc pc) {
  access_fast<3, write>(reinterpret_cast<const void*>(address), pc);
  access_fast<3, write>(reinterpret_cast<const void*>(address + 8), pc);
}

inline void enter_fast(Pc call_site, std::uintptr_t stack_pointer, Pc pc) {
  State& s = state;
  Thread* thread = s.thread;
  if (thread == nullptr) [[unlikely]] {
    enter_first(call_site, stack_pointer, pc);
    return;
  }
  thread->stack.push(call_site, stack_pointer);
}

inline void leave_fast() {
  Thread* thread = state.thread;
  if (thread != nullptr) [[likely]] { thread->stack.pop(); }
}

// A call that is left by number: nothing that happens in between, exceptions and the recorder's own start included,
// makes enter and leave disagree. 0: nothing was entered.
inline std::size_t enter_call(Pc call_site, std::uintptr_t stack_pointer, Pc pc) {
  State& s = state;
  Thread* thread = s.thread;
  if (thread == nullptr) [[unlikely]] {
    thread = first_callback(s, pc);
    if (thread == nullptr) { return 0; }
  }
  return thread->stack.push_call(call_site, stack_pointer);
}

inline void leave_call(std::size_t entered) {
  Thread* thread = state.thread;
  if (thread != nullptr && entered != 0) { thread->stack.pop_to(entered - 1); }
}

}  // namespace tenter::record
