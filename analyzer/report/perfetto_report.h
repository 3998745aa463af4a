// Space-time diagrams in the Trace Event Format, which Perfetto (ui.perfetto.dev) and chrome://tracing open: a process a
// finding, a track a task, and flow events for the arrows of happens-before. Recordings hold an order and no times, so
// each event is as wide as the others, and begins when the one before it in the run has ended; a wait lasts until its
// task's next event. What a finding is about has the category "finding".
//
//   tenter check app.tent --format perfetto=app.json
#pragma once
#include <ostream>
#include <vector>

#include "report/render_options.h"
#include "report/report.h"
#include "report/space_time.h"

namespace tenter::analysis {

void write_trace_events(const std::vector<SpaceTime>& scenes, std::ostream& out);
void write_perfetto(const Report& report, const RenderOptions& options, std::ostream& out);

}  // namespace tenter::analysis
