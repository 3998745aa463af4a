// The report for people. A person understands the bug from it alone; everything that came from the recording is
// escaped, on pipes as well as on terminals. The first line of a finding is `file:line:column: error: ...`, as
// compilers write it, so that editors link to the place.
#pragma once
#include <ostream>
#include <string>

#include "report/report.h"
#include "report/source_lines.h"

namespace tenter::analysis {

struct TextStyle {
  bool color = false;
  SourceLines* sources = nullptr;  // null: no excerpts
  std::string folder;              // absolute; files below it are shown relative to it. Empty: all paths in full
};

void write_text(const Report& report, const TextStyle& style, std::ostream& out);

}  // namespace tenter::analysis
