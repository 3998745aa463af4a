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
  std::string name, kind;  // kind: task, thread, main
  std::vector<Frame> created_at;
};
struct LockRef {
  std::string name, id;
};
struct Side {
  std::string role;  // read, write, lock, send, ...
  TaskRef task;
  std::vector<Frame> stack;
  std::vector<LockRef> locks;
  std::uint64_t size = 0;  // bytes accessed; 0 where it makes no sense
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
struct Finding {
  std::string kind;         // data-race, ... (the contract's list)
  std::string certainty;    // observed, predicted, confirmed
  std::string severity;     // error, warning, note
  std::string fingerprint;  // 32 hex digits
  std::string message;      // one sentence
  std::uint64_t count = 1;
  std::vector<Location> locations;
  std::vector<Side> sides;
  std::optional<ObjectRef> object;
  std::vector<WaitRef> cycle;
  std::optional<WaitRef> blocked_on;
  std::vector<TaskRef> could_be_unblocked_by;
  std::string reason, proof;  // task-leak only
  std::string explanation;
  std::vector<std::string> found_by;  // analyses; empty where the kind tells
  std::optional<WitnessRef> witness;
  std::vector<std::string> recordings;  // paths that showed it
};

}  // namespace tenter::analysis
