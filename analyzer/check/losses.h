// What a recording lacks, in words: what was lost, and what TENTER_OPTIONS had left out.
#pragma once
#include <string>
#include <vector>

#include "read/recording.h"

namespace tenter::analysis {

// One sentence each, for the notes of a report.
std::vector<std::string> loss_notes(const RecordingInfo& info);

// As the end of a line: "none lost", "1,200 accesses left out by sample=, 3 events lost".
std::string losses_in_short(const RecordingInfo& info);

}  // namespace tenter::analysis
