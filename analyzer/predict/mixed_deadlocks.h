// Deadlocks over a lock and something else: a task holds a lock while it waits for another one to send, receive, count down, signal
// or end, and that one needs the lock before it comes to that. In the run it went well, because the other had the lock first. Go's
// literature calls them mixed deadlocks (Tu, Liu, Song and Zhang, Understanding Real-World Concurrency Bugs in Go, ASPLOS 2019).
//
//   for (const MixedDeadlock& one : predict_mixed_deadlocks(table).found) ...   // what a judge has yet to agree to
//
// What comes out are orders of the run's steps that are carried on to where nobody can go on. Whether somebody can all the same, in a
// way in which he did not in the run (another receiver, say), is the judge's to decide: analyzer/witness/standstill_check.h.
#pragma once
#include <cstdint>
#include <vector>

#include "predict/prediction.h"
#include "predict/trace_table.h"

namespace tenter::analysis {

struct MixedDeadlock {
  std::uint32_t held = 0;               // the acquire of the lock, by the one who waits under it
  std::uint32_t waiting = 0;            // what that one would do next, and for which it needs the other
  std::uint32_t wanted = 0;             // the acquire of the same lock, by the other
  std::vector<std::uint32_t> schedule;  // events, the first of each step
};

struct MixedDeadlocks {
  std::vector<MixedDeadlock> found;  // a few for each three places, in order of the run
  bool gave_up = false;              // the work grew out of bounds, and not all was looked at
};

// Time: for each pair of such places a few walks over the run.
MixedDeadlocks predict_mixed_deadlocks(const TraceTable& table, std::uint64_t most_work = default_work);

}  // namespace tenter::analysis
