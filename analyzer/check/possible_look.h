// One more look at a run where the first could not say whether a race is possible at all (Outlook).
#pragma once
#include "base/stack_table.h"
#include "predict/possible_races.h"
#include "read/recording.h"

namespace tenter::analysis {

// As PossibleRaces says it.
bool look_for_possible_races(const Recording& recording, StackTable& stacks, const PossibleRaces::Limits& limits);

}  // namespace tenter::analysis
