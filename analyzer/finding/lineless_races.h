// Optimizers move accesses out of loops and forget their lines. What such an access races with is told by the access
// of the same code that has kept its line, where that races too.
#pragma once
#include <cstddef>
#include <optional>
#include <vector>

#include "finding/describe.h"
#include "race/race_detector.h"

namespace tenter::analysis {

// For each race the one that tells a person more of the same bug: the same memory, on each side either the same place
// or, where the race asked about has no line, the same function of the program's code. Empty where there is none, and
// for races whose sides both have a line. A race that was only foreseen tells nothing of one that was seen.
std::vector<std::optional<std::size_t>> told_with_lines(const std::vector<RaceCandidate>& races, Describer& describe);

}  // namespace tenter::analysis
