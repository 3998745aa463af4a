// What all engines together say of a trace, as the words of an `expect` line.
#pragma once
#include <array>
#include <cstdint>
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

// Standstills that the engines foresee and both judges agree to.
struct Standstills {
  struct Stuck {
    TaskId task = no_task;
    std::uint64_t pc = 0;
  };
  std::vector<std::array<Stuck, 2>> mixed;  // who waits for what is no lock, and who wants the lock
  std::vector<Stuck> lost;                  // whose signal came before the wait
};

Standstills standstills(TextTrace& trace);
// Races that the order of critical sections hides in this run, of which syncp shows a schedule, or else osr ("deep"), as the words
// of an `expect` line: "hidden race x", or "refused race x" where the judge does not agree.
std::set<std::string> hidden_races(TextTrace& trace);
// With the order of values.
std::vector<LeftBySelectCandidate> left_by_select(TextTrace& trace);
Verdicts verdicts_of(TextTrace& trace);

}  // namespace tenter::analysis
