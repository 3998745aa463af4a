// What the engines hand over for one recording.
#pragma once
#include <vector>

#include "channel/misuse.h"
#include "deadlock/lock_order.h"
#include "deadlock/wait_graph.h"
#include "leak/left_behind.h"
#include "leak/lost_cancel.h"
#include "race/race_detector.h"

namespace tenter::analysis {

struct Candidates {
  std::vector<RaceCandidate> races;
  std::vector<LockCycleCandidate> lock_cycles;
  std::vector<DeadlockCandidate> deadlocks;
  std::vector<LeakCandidate> leaks;
  std::vector<LostCancelCandidate> lost_cancels;
  std::vector<MisuseCandidate> misuse;
};

}  // namespace tenter::analysis
