// The recorder's state of one task or thread: what stays with it when it moves to another OS thread.
#pragma once
#include <cstdint>

#include "record/shadow_stack.h"
#include "trace/event.h"

namespace tenter::record {

// Guarded by whoever runs the task; `id` and `kind` never change. A thread's Task is never freed: whoever created the
// thread may ask for its id long after it ended. A task's is freed by tenter_task_destroy.
struct Task {
  std::uint32_t id;  // from 1 on; never used twice
  trace::TaskKind kind;
  bool started;                 // task_start is written
  bool ended;                   // task_end is written
  std::uint32_t ignoring;       // nesting of tenter_ignore_begin
  ShadowStack stack;            // while the task is not running; a running one's is in its Thread
  std::uintptr_t stack_memory;  // of a thread's own stack, its TLS included; 0: unknown
  std::size_t stack_bytes;
  std::uint64_t waits_since;  // in ticks of the processor's clock; of the wait that began last
};

// Null: no memory.
Task* make_task(trace::TaskKind kind);
void free_task(Task* task);

}  // namespace tenter::record
