// From a run to the deadlocks over more than locks, and the lost signals, that an order of its steps runs into: a table, the engine, one more look, the judges.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "check/last_look.h"
#include "deadlock/wait_graph.h"
#include "leak/left_behind.h"

namespace tenter::analysis {

struct StandstillPrediction {
  std::vector<DeadlockCandidate> deadlocks;
  std::vector<LeakCandidate> leaks;
  std::vector<std::string> notes;
};

StandstillPrediction predict_standstills(const Recording& recording, StackTable& stacks, RunTable& run,
                                         std::uint64_t most_work);

}  // namespace tenter::analysis
