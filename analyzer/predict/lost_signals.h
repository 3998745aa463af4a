// Signals that could have come before the wait that they ended, and would have been lost: the wait looked at nothing that the
// signaller wrote, so that it would have begun all the same.
//
//   for (const LostSignal& one : predict_lost_signals(table)) ...   // what a judge has yet to agree to
//
// A waiter that looks, under the lock, whether it has to wait read something else before that signal than after it: such an order
// is none of the same steps, and the judge turns it down. What comes out are orders that are carried on to where nobody can go
// on; whether a later signal wakes the waiter is for the judge (analyzer/witness/standstill_check.h).
#pragma once
#include <cstdint>
#include <vector>

#include "predict/prediction.h"
#include "predict/trace_table.h"

namespace tenter::analysis {

struct LostSignal {
  std::uint32_t signal = 0;
  std::uint32_t wake = 0;               // where the wait ended in the run
  std::vector<std::uint32_t> schedule;  // events, the first of each step
};

// One or a few for each two places. Time: for each of them a few walks over the run.
std::vector<LostSignal> predict_lost_signals(const TraceTable& table, std::uint64_t most_work = default_work);

}  // namespace tenter::analysis
