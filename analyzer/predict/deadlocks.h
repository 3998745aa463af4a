// Deadlocks of locks that a reordering of the run reaches in which critical sections keep their order: all of them, of cycles
// of every length (Tunç, Mathur, Pavlogiannis and Viswanathan, Sound Dynamic Deadlock Prediction in Linear Time, PLDI 2023:
// SPDOffline, with the feasibility edges of TraceTable beside reads-from).
//
// An acquire waits where it is no mere attempt and another task holds the lock, not both shared. A lock that somewhere in the run
// another task gives back than took it makes no cycle: whoever waits for it may be let go by anybody.
//
//   for (const PredictedDeadlock& one : predict_deadlocks(table).found) schedule_of(table, one) ...
#pragma once
#include <cstdint>
#include <vector>

#include "predict/prediction.h"
#include "predict/trace_table.h"

namespace tenter::analysis {

struct PredictedDeadlock {
  struct Arc {
    std::uint32_t held = 0, wanted = 0;  // acquires of one task: of what the arc before wants, and of what it waits for
  };
  std::vector<Arc> arcs;  // arc i wants what arc i+1 holds; the last wants what the first holds
  Frontier before;        // what has happened when all of `wanted` can be next
};

struct PredictedDeadlocks {
  std::vector<PredictedDeadlock> found;  // one for each abstract pattern: tasks, locks wanted and locks held
  std::uint64_t patterns = 0;            // cycles of lock orders that were looked at
  bool gave_up = false;                  // the work grew out of bounds, and not all was looked at
};

// Time: linear in the acquires for each pattern; of patterns there may be many.
PredictedDeadlocks predict_deadlocks(const TraceTable& table, std::uint64_t most_work = default_work);

// As for races; it ends with the acquires that wait for each other, in the order of the arcs.
std::vector<std::uint32_t> schedule_of(const TraceTable& table, const PredictedDeadlock& deadlock);

}  // namespace tenter::analysis
