// The report as one HTML file that needs nothing else: no server, no network, no other file. It is the JSON report with the
// page of html/ around it, and with the lines of source around each place.
//
//   SourceLines sources({"."});
//   write_html(report, &sources, out);
//
// Whatever the recording held cannot leave the JSON: `<`, `>`, `&` and everything outside of ASCII are written as \uXXXX.
#pragma once
#include <ostream>

#include "report/report.h"
#include "report/source_lines.h"

namespace tenter::analysis {

// Without `sources` (null) no lines are shown.
void write_html(const Report& report, SourceLines* sources, std::ostream& out);

}  // namespace tenter::analysis
