// A program that hangs says who waits for what: on a signal that would end it anyway (SIGQUIT), and by itself where
// hang_timeout= asks for that. The recording says more: which lock was taken where.
//
// What is looked at are threads; what tasks of a scheduler wait for is the scheduler's to say.
#pragma once
#include <cstdint>

#include "trace/event.h"

namespace tenter::record {

// What a thread waits for, for others to see. Written by that thread alone.
struct Wait {
  std::uint64_t since;  // in ticks of the processor's clock; 0: it does not wait
  trace::WaitKind kind;
  const void* object;
  std::uintptr_t pc;
  const int* holder;  // where libc keeps the kernel's number of the thread that holds the lock; null: nowhere
};

inline std::uint64_t ticks() { return __builtin_ia32_rdtsc(); }

// Waits of which it is recorded when they were: those of a thousandth of a second or, on slow clocks, a little more.
constexpr std::uint64_t long_wait_ticks = std::uint64_t{1} << 20;
struct WaitTime {
  std::uint64_t ended_us;  // since the recording began
  std::uint64_t lasted_ns;
};
// Of a wait that lasted so many ticks until now. Any thread.
WaitTime time_of_wait(std::uint64_t lasted_ticks);

// Called once recording has begun, and again in a forked child, in which there is one thread.
void prepare_for_hangs();

// The handler of SIGQUIT that prepare_for_hangs() has put where there was none. The program need not know of it.
bool is_hang_handler(const void* handler);

// The program has a signal handler of its own, which may post a semaphore at any time.
void note_handler_of_program();

}  // namespace tenter::record
