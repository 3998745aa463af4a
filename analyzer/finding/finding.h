// A Finding is what a report shows: plain data, independent of engine and format. Its fields are those of the JSON
// report (docs/report-schema.json) one to one.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "symbolize/frame.h"

namespace tenter::analysis {

struct Location {
  std::string file, function;
  std::uint32_t line = 0, column = 0;
};
struct TaskRef {
  std::uint32_t id = 0;
  std::string name, kind;  // kind: task, thread, main; source: nobody ran, `tenter lint` read it
  std::vector<Frame> created_at;
};
struct LockRef {
  std::string name, id;
};
// What a task did to come after others, or to let others come after it.
struct SynchronizationRef {
  std::string does;  // "lock `m`"
  Location at;
};
struct Side {
  std::string role;  // read, write, lock, send, ...
  TaskRef task;
  std::vector<Frame> stack;
  std::vector<LockRef> locks;
  std::uint64_t size = 0;                                       // bytes accessed; 0 where it makes no sense
  std::optional<SynchronizationRef> last_synchronization = {};  // of its task, before; of races
  std::optional<SynchronizationRef> next_synchronization = {};  // and after
};
struct ObjectRef {
  std::string kind;  // heap, global, stack, channel, mutex, ...
  std::string name, address;
  std::uint64_t size = 0;
  std::vector<Frame> created_at;
};
struct WaitRef {
  TaskRef task;
  std::string wants;  // "mutex m", "receive from channel c"
  std::vector<Frame> stack;
  std::string holds;  // where it holds something
  std::vector<Frame> held_at;
  std::uint64_t since = 0;      // the step of the run with which the wait began; 0: it did not come to that
  std::uint64_t lasted_ns = 0;  // of a wait that ended: how long it kept somebody else waiting, too
};
// One turn of a witness's schedule.
struct TurnRef {
  std::uint32_t task = 0;
  std::string name;  // "the main thread"
  std::uint64_t steps = 0;
  std::string does;  // what it does last, as far as it goes: "lock mutex `m`"
  Location at;
};
struct WitnessRef {
  std::string analysis;
  std::uint64_t steps = 0, earlier_turns = 0;
  std::vector<TurnRef> schedule;
};
// What happened around a finding: a few steps of the tasks involved, in the order of the run.
struct TimelineEventRef {
  std::uint32_t task = 0;
  std::uint64_t position = 0;  // among all steps of the run
  std::string op;              // lock, send, create, read, wait, ...
  std::string does;            // "lock mutex `m`"
  Location at;
  std::optional<std::uint32_t> side;  // it is what this side of the finding did
};
struct TimelineArrowRef {
  std::size_t from = 0, to = 0;  // events; the one happens before the other
  std::string kind;              // create, join, lock, channel, atomic, condition, other
};
struct TimelineRef {
  std::vector<TaskRef> lanes;
  std::vector<TimelineEventRef> events;
  std::vector<TimelineArrowRef> arrows;
  std::uint64_t left_out = 0;  // earlier synchronization of these tasks
  bool ordered = false;        // arrows lead from one side to the other, in this run
};
struct Finding {
  std::string kind;              // data-race, ... (the contract's list)
  std::string certainty;         // observed, predicted, confirmed
  std::string severity;          // error, warning, note
  std::string fingerprint;       // 32 hex digits
  std::string weak_fingerprint;  // of its functions and variable alone; empty where a function has no name
  std::string message;           // one sentence
  std::uint64_t count = 1;
  std::vector<Location> locations;
  std::vector<Side> sides;
  std::optional<ObjectRef> object;
  std::vector<WaitRef> cycle;
  std::optional<WaitRef> blocked_on;
  std::vector<TaskRef> could_be_unblocked_by;
  std::string reason, proof;  // of tasks that were left behind, and of threads that wait
  std::string explanation;
  std::vector<std::string> found_by;  // analyses; empty where the kind tells
  std::optional<WitnessRef> witness;
  std::optional<TimelineRef> timeline;
  std::vector<std::string> recordings;  // paths that showed it
};

}  // namespace tenter::analysis
