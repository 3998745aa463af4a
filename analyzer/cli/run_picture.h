// A whole run as a space-time diagram for other programs: `tenter convert --to perfetto` and `--to shiviz`.
#pragma once
#include <string>

#include "base/result.h"
#include "read/recording.h"

namespace tenter::analysis {

// The file's bytes. Of a run with more synchronization than such programs can show it is the beginning, and a sentence on
// standard error tells how much is left out. `path` is the recording's, for that sentence.
Result<std::string> picture_of(const Recording& recording, const std::string& path, const std::string& format);

}  // namespace tenter::analysis
