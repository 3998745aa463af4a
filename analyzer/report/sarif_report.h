// The report as SARIF 2.1.0 (OASIS, Static Analysis Results Interchange Format), with what GitHub's code scanning asks for
// beyond it. A finding is a result; its tasks are thread flows of one code flow, with the call that created each, and its
// stacks are stacks. Files below the reader's folder are relative to it, which is to be the repository's.
//
// How much one result may hold is bounded, as it is for the services that read such files; what was left out is told in a
// notification.
#pragma once
#include <ostream>

#include "report/render_options.h"
#include "report/report.h"

namespace tenter::analysis {

void write_sarif(const Report& report, const RenderOptions& options, std::ostream& out);

}  // namespace tenter::analysis
