// Space-time diagrams as a log with vector clocks, for ShiViz (Beschastnikh et al., Visualizing Distributed System
// Executions, TOSEM 2020). The file opens as it is: its first line is the expression that parses an event, its second the one
// that parts executions, of which there is one a finding. A host is a task, and its clock counts its shown events.
//
//   tenter check app.tent --format shiviz=app.log
#pragma once
#include <ostream>
#include <vector>

#include "report/render_options.h"
#include "report/report.h"
#include "report/space_time.h"

namespace tenter::analysis {

void write_shiviz_log(const std::vector<SpaceTime>& scenes, std::ostream& out);
void write_shiviz(const Report& report, const RenderOptions& options, std::ostream& out);

}  // namespace tenter::analysis
