// The findings as GitLab's Code Quality artifact reads them: a JSON list with a description, a place and a severity each.
#pragma once
#include <ostream>

#include "report/render_options.h"
#include "report/report.h"

namespace tenter::analysis {

void write_gitlab(const Report& report, const RenderOptions& options, std::ostream& out);

}  // namespace tenter::analysis
