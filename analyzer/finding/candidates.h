// What the engines hand over for one recording.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "channel/left_by_select.h"
#include "channel/left_held.h"
#include "channel/misuse.h"
#include "deadlock/held_waiting.h"
#include "deadlock/lock_order.h"
#include "deadlock/wait_graph.h"
#include "leak/left_behind.h"
#include "leak/lost_cancel.h"
#include "race/race_detector.h"
#include "timeline/timelines.h"

namespace tenter::analysis {

// What another detector in the process reported, other than a race.
struct ToldCandidate {
  struct Place {
    TaskId task = no_task;
    Site where;
  };
  std::string what;  // its word for it
  std::vector<Place> places;
  std::vector<std::uint64_t> mutexes;  // addresses
};

struct Candidates {
  std::vector<RaceCandidate> races;
  std::vector<LockCycleCandidate> lock_cycles;
  std::vector<DeadlockCandidate> deadlocks;
  std::vector<LeakCandidate> leaks;
  std::vector<LeftBySelectCandidate> left_by_select;
  std::vector<LostCancelCandidate> lost_cancels;
  std::vector<LeftHeldCandidate> left_held;
  std::vector<HeldWaitingCandidate> held_waiting;
  std::vector<MisuseCandidate> misuse;
  std::vector<ToldCandidate> told;
  // What timeline_requests() asked for, in its order; empty where nobody looked.
  std::vector<std::optional<Timeline>> timelines;
};

}  // namespace tenter::analysis
