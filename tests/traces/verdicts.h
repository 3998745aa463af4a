// What all engines together say of a trace, as the words of an `expect` line.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "channel/left_by_select.h"
#include "text_trace.h"

namespace tenter::analysis {

struct Verdicts {
  std::vector<std::string> all;      // sorted, each once
  std::set<unsigned> racy_lines;     // both sides of every race
};

// With the order of values.
std::vector<LeftBySelectCandidate> left_by_select(TextTrace& trace);
Verdicts verdicts_of(TextTrace& trace);

}  // namespace tenter::analysis
