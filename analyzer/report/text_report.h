// The report for people. A person understands the bug from it alone; everything that came from the recording is
// escaped, on pipes as well as on terminals. The first line of a finding is `file:line:column: error: ...`, as
// compilers write it, so that editors link to the place.
#pragma once
#include <ostream>
#include <string>

#include "report/render_options.h"
#include "report/report.h"

namespace tenter::analysis {

void write_text(const Report& report, const RenderOptions& options, std::ostream& out);

// One finding's block. `many_recordings`: it says which of them showed it.
void write_finding_text(const Finding& finding, bool many_recordings, const RenderOptions& options, std::ostream& out);

// "writes 8 bytes", as it came from the recording.
std::string what_it_does(const Side& side);

}  // namespace tenter::analysis
