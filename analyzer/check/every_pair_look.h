// One more look at a run in which accesses raced: all pairs of places that did, where the first look has one at least for each racy byte.
#pragma once
#include <vector>

#include "base/stack_table.h"
#include "race/granule_set.h"
#include "race/race_candidate.h"
#include "read/recording.h"

namespace tenter::analysis {

// Those in the racy granules that are not known.
std::vector<RaceCandidate> look_for_every_pair(const Recording& recording, StackTable& stacks, const GranuleSet& racy,
                                               const std::vector<RaceCandidate>& known);

}  // namespace tenter::analysis
