// The pipeline, from a recording's events to its findings.
#pragma once
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "check/shard.h"
#include "finding/finding.h"
#include "read/recording.h"
#include "report/report.h"
#include "symbolize/symbolizer_process.h"

namespace tenter::analysis {

struct CheckSettings {
  std::set<std::string> analyses;
  bool asked_to_predict = false;                 // whoever asked for predictions hears why there is none
  std::uint32_t window = 20000;                  // of osr, in events; 0: none
  std::uint64_t memory_limit = 0;                // bytes; 0: none
  std::uint64_t held_limit_ns = 10'000'000'000;  // waits of lock holders that are shorter are not told of
  bool symbolize = true;
  SymbolizerProcess::Sources symbol_sources;
  Shard shard;
  unsigned threads = 1;    // that work on the recording at a time; what is found does not depend on it
  bool timelines = false;  // what happened around each finding, for which the run is looked at once more
};

struct Checked {
  RecordingSummary summary;  // but for its id
  std::vector<Finding> findings;
};

// Of so many bytes and events more.
using Advance = std::function<void(std::uint64_t bytes, std::uint64_t events)>;

// Of several recordings each may be checked by a thread of its own; `advance` is called by one of that check's
// threads at a time.
Checked check_recording(const Recording& recording, const CheckSettings& settings, const Advance& advance);

}  // namespace tenter::analysis
