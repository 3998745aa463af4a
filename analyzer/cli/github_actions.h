// In a step of GitHub Actions (GITHUB_ACTIONS=true) reports show by themselves: findings are annotated, the step's summary
// gets a table, and what else is printed is fenced off, because the runner takes lines of a log for commands.
#pragma once
#include <string>

#include "base/result.h"
#include "report/formats.h"

namespace tenter::analysis {

bool in_github_actions();

// The text as standard output may have it: between two lines that switch commands off and on again, where a runner reads it.
// Unchanged elsewhere, and where standard output is a file.
std::string fenced_for_log(const std::string& text);

// Annotations to standard error, which the runner reads too, and the table to the file that GITHUB_STEP_SUMMARY names.
// Nothing elsewhere.
Result<bool> tell_github(const Report& report, const RenderOptions& options);

}  // namespace tenter::analysis
