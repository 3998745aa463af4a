// From a run to the races of other orders of it that its report can show: a table, engines, one more look at the run, and the judge.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/stack_table.h"
#include "check/last_look.h"
#include "predict/possible_races.h"
#include "predict/prediction.h"
#include "predict/trace_table.h"
#include "race/race_candidate.h"
#include "read/recording.h"

namespace tenter::analysis {

struct PredictionOptions {
  bool shb = false, syncp = false, osr = false;
  std::uint32_t window = 20000;            // of osr, in events; 0: none
  std::uint64_t most_work = default_work;  // of each search
  TraceTable::Limits table;
  PossibleRaces::Limits possible;
  std::function<bool(const Event&)> watched = [](const Event&) { return true; };  // others' races are somebody else's
  bool reorders() const { return syncp || osr; }                                  // critical sections
  bool any() const { return shb || reorders(); }
};

struct PredictionOutcome {
  struct Engine {
    std::string name;
    std::uint64_t racy_events = 0;
    std::vector<Site> later_places;  // where they are, each once
  };
  std::vector<Engine> engines;
  std::uint64_t refused = 0;  // by the judge
  std::vector<std::string> notes;
};

// Adds to `races`, which hb found, what the engines say: who else found a race, its witness, and races of other orders. Where
// none are possible (PossibleRaces) the run is not looked at again.
PredictionOutcome predict_races(const Recording& recording, StackTable& stacks, RunTable& run, bool possible,
                                const PredictionOptions& options, std::vector<RaceCandidate>& races);

}  // namespace tenter::analysis
