// The pipeline, from one file's bytes to its findings.
#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/check_command.h"
#include "cli/check_files.h"
#include "cli/progress.h"

namespace tenter::analysis {

// Of several recordings each may be checked by a thread of its own; `all` is told of the work done on any of them.
Result<Checked> check_recording(const std::string& path, const CheckOptions& options, Progress& all);

}  // namespace tenter::analysis
