// What a prediction engine says: pairs of accesses that another order of the same events brings side by side.
//
// Every engine is one function over a finished TraceTable, so that one can stand in for another:
//
//   Predictions found = predict_sync_preserving(table, world.lock_sets());
//   for (const PredictedRace& race : found.races) schedule_of(table, race) ...
#pragma once
#include <cstdint>
#include <vector>

#include "order/lock_sets.h"
#include "predict/trace_table.h"

namespace tenter::analysis {

struct PredictedRace {
  std::uint32_t left = 0, right = 0;       // events of the table; left came first in the run
  Frontier before;                         // what has happened when both can be next
  std::vector<std::uint32_t> opened_late;  // acquires that come after later critical sections of their lock
};

struct Predictions {
  std::vector<PredictedRace> races;  // one for each pair of places, in order of discovery
  std::vector<bool> racy;            // by event: a race with an earlier access is predicted
  std::uint64_t racy_events = 0;
  std::vector<Site> later_places;  // where racy events are, each once
  bool gave_up = false;            // the work grew out of bounds, and not all was looked at
};

// All pairs of which an order shows both side by side that keeps the order of critical sections and of everything else that
// one task learnt of another (Mathur, Kini and Viswanathan, What Happens-After the First Race?, OOPSLA 2018: SHB, with the
// feasibility edges of TraceTable beside reads-from). Linear in the events, for a fixed number of tasks.
Predictions predict_schedulable(const TraceTable& table);

// After so much work, less than a minute, the two functions below end, wherever they are. Counted are tasks and steps looked at.
constexpr std::uint64_t default_work = 2'000'000'000;

// All races of which some reordering keeps the order of critical sections on every lock (POPL 2021, theorem 3.1 and
// section 4): sound, and complete for that class. Time and memory: the number of acquires for each location and pair of
// tasks that share it, at worst; locations that one lock guards, or that nobody writes, cost nothing.
Predictions predict_sync_preserving(const TraceTable& table, const LockSets& locks,
                                    std::uint64_t most_work = default_work);

// Those races and others, of reorderings in which critical sections change places, on the optimistic assumption that all else
// keeps the order of the run (Shi, Mathur and Pavlogiannis, Optimistic Prediction of Synchronization-Reversal Data Races,
// ICSE 2024). Sound; quadratic, so only accesses less than `window` events apart are paired; 0: all. `known` is what the
// function above said, and is part of the answer.
Predictions predict_lock_reversal(const TraceTable& table, const LockSets& locks, std::uint32_t window,
                                  Predictions known, std::uint64_t most_work = default_work);

// The order of steps that ends with the two of the race, side by side: what the engine claims can happen. Each step by its first
// event; those of no consequence for others, which the table does not hold, are left out.
std::vector<std::uint32_t> schedule_of(const TraceTable& table, const PredictedRace& race);

}  // namespace tenter::analysis
