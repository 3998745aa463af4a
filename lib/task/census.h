// What all tasks are doing. For leak checks; docs/library.md says what they promise.
#pragma once
#include <cstdint>
#include <vector>

#include "task/places.h"
#include "task/scheduler.h"

namespace tenter::detail {

// One task at the moment at which it was looked at.
struct TaskSight {
  const Task* task;  // only to tell one from another: by now it may have ended
  std::uint64_t id;
  std::uint32_t times_parked;
  bool waits;                // parked, and not woken
  bool checks_leaks;         // it is in a leak check itself
  bool is_left_over;         // from a run that has ended
  WaitKind waits_for;        // none: nothing that the library knows of
  const void* waits_on;      // the object, or null
  const void* waits_at;      // where the program called the library, or null
  std::int64_t waits_since;  // by clock_ns(), to some milliseconds
};

// Enough of a task to name it. Only of tasks that wait: they are the ones that get reported.
struct TaskPortrait {
  std::uint64_t id;
  std::string name;
  std::string scope;  // the name of the scope in which it was started
  const void* created_at;
  CallOfOurs waits_at;  // if it still waits
};

class Census {
 public:
  struct Count {
    std::vector<TaskSight> members;              // of the scope, except main tasks and the caller
    bool outsiders_run = false;                  // some other task neither waits nor checks for leaks
    std::vector<TimerTarget> timers;             // all that are armed, looked at together with the tasks
    std::vector<const Agent*> wait_for_outside;  // for a signal, say
  };
  // The tasks are looked at one after the other. Two counts that are equal member by member, all of them waiting, say that
  // all waited at the same time.
  static Count take(const LeakScopeCore& scope, const Agent& caller);

  // Of the tasks among these that are still live.
  static std::vector<TaskPortrait> portraits(const std::vector<std::uint64_t>& ids);
  static std::vector<std::uint64_t> live_ids(const LeakScopeCore& scope);

  // Called by a main task that is about to return: does each other task of its run wait for something that neither a timer
  // nor anything outside of the program will bring about?
  static bool left_waiting();

  static void set_checking(Agent& agent, bool checks);

 private:
  static TaskSight sight_of(const Task& task);
  static CallOfOurs wait_of(const Task& task, Unwinder& unwinder);
};

// A wait that only another task or thread of the program can end.
bool is_wait_for_others(WaitKind kind);

}  // namespace tenter::detail
