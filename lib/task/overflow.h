// A task that needs more stack than it has ends the process, with a sentence that says which task and what helps.
//
// Below each stack lies a guard zone of some pages. As long as the kernel gives protection for it, the first access there
// is a fault, which a signal handler on a stack of its own recognises by its address. A process can have only so many
// protected places (vm.max_map_count) before Linux 6.13; the zones of further stacks are ordinary memory that nobody uses,
// a canary: its upper end is looked at when the task leaves its worker, and all of it when the task ends.
//
// Neither sees a single frame that is larger than the zone and touches only its far end. Compile such code with
// -fstack-clash-protection.
#pragma once
#include <cstddef>

namespace tenter::detail {

class Task;

constexpr std::size_t guard_zone = 16 * 1024;

// Once, before the first task: takes SIGSEGV over. After an overflow was told, and for what is none, the handler is called
// that was there before; where there was none the process dies of the signal as ever.
void watch_for_overflows();

// By each thread that runs tasks, before the first: gives it a stack for signal handlers, unless it has one.
void prepare_for_overflows();

// The task that this thread runs, if the address lies in its guard zone. Takes no lock.
const Task* task_with_guard_at(const void* address);

// The canary of this task is dead. Says so and aborts.
[[noreturn]] void die_of_overrun(const Task& task);

}  // namespace tenter::detail
