// The report as XML in the form of JUnit's, as Jenkins, GitLab and others read it. A recording is a test suite, and each
// kind of finding that it was checked for is a test case in it, so that the list of cases is the same from run to run: it
// fails where findings of the kind were made. A further case, `recording`, is an error where silence proves nothing; then
// kinds without findings are skipped, not passed. Notes, and findings that the baseline has, fail nothing and stand in the
// suite's output.
#pragma once
#include <ostream>

#include "report/render_options.h"
#include "report/report.h"

namespace tenter::analysis {

void write_junit(const Report& report, const RenderOptions& options, std::ostream& out);

}  // namespace tenter::analysis
