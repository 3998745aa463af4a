// The one recorder of the process: its file, its counters, and which phase of its life it is in.
#pragma once
#include <atomic>
#include <cstdint>

#include "record/options.h"
#include "record/output.h"
#include "record/tickets.h"

namespace tenter::record {

enum class Phase : std::uint32_t {
  off,  // not started yet
  starting,
  recording,
  stopped,  // could not go on (Output::stop); what is written stays
  finishing,
  finished,  // the end mark is written
  refused,   // never recorded: help was asked for, or the file could not be made
};

struct Recorder {
  std::atomic<Phase> phase{Phase::off};
  std::atomic<std::uint32_t> next_stream{1};  // relaxed: only uniqueness matters
  std::atomic<std::uint64_t> lost_events{0};  // relaxed: a statistic
  // Of the lost events, accesses of places that are not watched; relaxed.
  std::atomic<std::uint64_t> left_out_by_sample{0};
  std::atomic<std::uint64_t> left_out_by_size{0};
  std::atomic<std::uint64_t> small_filters{0};  // threads with smaller tables than they should have; relaxed
  std::uint64_t sample_seed = 0;                // of is_watched()
  std::atomic<bool> memory{true};               // of the options; relaxed
  std::atomic<bool> filter{true};
  std::atomic<bool> tasks{false};  // the program tells of its tasks or fibers; relaxed: nothing else follows from it
  // Libc was asked for a thread; relaxed: it makes none before, and its address stands for all these requests.
  std::atomic<bool> thread_asked_for{false};
  std::uint64_t end_before_exec = 0;  // where the end mark before an exec is; written by the only thread. 0: none
  const char* detector = nullptr;     // that finds the races in this process, where the recorder is there for the rest
  Options options;
  Output output;
};

extern constinit Recorder the_recorder;
inline Recorder& recorder() { return the_recorder; }
const char* no_memory_for_thread();  // why recording stops there

inline bool is_recording() { return recorder().phase.load(std::memory_order_acquire) == Phase::recording; }
// A window that was not taken over yet may be sealed while the recording is being finished.
inline bool may_still_write() {
  const Phase phase = recorder().phase.load(std::memory_order_acquire);
  return phase == Phase::recording || phase == Phase::finishing;
}

}  // namespace tenter::record
