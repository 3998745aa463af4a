// The findings as a graph in Graphviz's DOT language, a cluster each. For a cycle the locks (or whatever is waited for) are
// nodes, and each task is an arrow from what it holds to what it wants. Around a race it is happens-before that is drawn, from
// the report's timeline: a box a task, its steps in their order, blue arrows to the steps of others, and a dashed red line
// between the two accesses. For everything else the tasks are drawn from the call that created them to what they do.
//
//   tenter check app.tent --format dot=app.dot && dot -Tsvg app.dot -o app.svg
#pragma once
#include <ostream>

#include "report/render_options.h"
#include "report/report.h"

namespace tenter::analysis {

void write_dot(const Report& report, const RenderOptions& options, std::ostream& out);

}  // namespace tenter::analysis
