// Which findings are the same, and in which order people see them.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "finding/finding.h"

namespace tenter::analysis {

// All kinds that a report may hold, in the order of reports.
const std::vector<std::string>& known_kinds();

// Those of them that `tenter lint` finds in sources, and no analysis of a run.
bool is_lint_kind(std::string_view kind);

// Less is shown first: errors before warnings before notes.
int severity_rank(std::string_view severity);
int kind_rank(std::string_view kind);

// One finding per fingerprint: the first of each, with the counts summed, the recordings united and the places of
// the others behind its own; then in the order of reports: severity, kind, place, fingerprint.
std::vector<Finding> merge_duplicates(std::vector<Finding> findings);

}  // namespace tenter::analysis
