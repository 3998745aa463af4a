// Who: one task or thread, as three parties know it: the library (by this handle), the recorder and ThreadSanitizer.
#pragma once
#include <cstddef>
#include <cstdint>

#include "record/record.h"
#include "tsan/detector.h"
#include "tsan/held_locks.h"

namespace tenter::detector {

struct Who {
  record::Task* recorded = nullptr;  // null: nothing is recorded
  void* fiber = nullptr;
  // What it had done when it queued on channels; whoever completes its operation may take it. Null: it does not queue.
  // Written and read with the lock of a channel held on which it is queued.
  Moment* parked = nullptr;
  Moment by_partner;                   // what the one who completed its operation had done
  Moment by_signal;                    // what those who signalled had done
  const void* signalled_on = nullptr;  // the condition
  bool is_completed = false;           // by a partner with a past
  HeldLocks held;
};

// The caller's: the task that runs, or the thread's own. Null before the thread is known and after its end.
Who* running();
Who* make_task(int kind, const char* name, std::size_t length, record::Pc pc);
void end_task(Who* task);   // gives it back; it does not run
void switch_to(Who* task);  // null: the thread's own. The last thing before the stacks are switched.
void name_task(Who* task, const char* name, std::size_t length);

// The recorder's number of a thread that the operating system calls so; 0: never heard of.
std::uint32_t id_of_thread(std::uint64_t os_id);
// Of the thread or task that ThreadSanitizer calls so: what name_task() has told it. 0: no task of ours.
std::uint32_t id_in_name(const char* name);

void reset_locks_of_tasks();  // in a forked child

}  // namespace tenter::detector
