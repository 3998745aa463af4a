// What GitHub Actions shows of a report: annotations, which are commands among the lines of a step's log, and a step's
// summary in Markdown. A step shows ten errors, ten warnings and ten notices, so the worst are annotated and the rest is counted; the
// summary has them all, as far as its bound of a megabyte goes.
#pragma once
#include <ostream>
#include <string>

#include "report/render_options.h"
#include "report/report.h"

namespace tenter::analysis {

// Findings that the baseline has are not annotated.
void write_github(const Report& report, const RenderOptions& options, std::ostream& out);
void write_markdown(const Report& report, const RenderOptions& options, std::ostream& out);

// A word for ::stop-commands:: that nobody can guess: no text between the two lines is taken for a command.
//
//   const std::string word = fence_word();
//   out << fence_begin(word) << text << fence_end(word);
std::string fence_word();
std::string fence_begin(const std::string& word);
std::string fence_end(const std::string& word);

}  // namespace tenter::analysis
