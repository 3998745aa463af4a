#include "report/formats.h"

#include <algorithm>

#include "finding/describe.h"
#include "report/dot_report.h"
#include "report/github_report.h"
#include "report/gitlab_report.h"
#include "report/html_report.h"
#include "report/json_report.h"
#include "report/junit_report.h"
#include "report/perfetto_report.h"
#include "report/sarif_report.h"
#include "report/shiviz_report.h"
#include "report/text_report.h"

namespace tenter::analysis {

const std::vector<Format>& formats() {
  static const std::vector<Format> all = {
      {"text", "for people, at a terminal", write_text},
      {"json", "everything, as docs/report-schema.json describes it",
       [](const Report& report, const RenderOptions&, std::ostream& out) { write_json(report, out); }},
      {"sarif", "SARIF 2.1.0, for code scanning and editors", write_sarif},
      {"html", "a page that needs nothing else, for a browser",
       [](const Report& report, const RenderOptions& options, std::ostream& out) {
         write_html(report, options.sources, out);
       }},
      {"junit", "JUnit's XML, for lists of tests", write_junit},
      {"gitlab", "GitLab's Code Quality artifact", write_gitlab},
      {"github", "annotations for GitHub Actions", write_github},
      {"markdown", "a table for the summary of a step of GitHub Actions", write_markdown},
      {"dot", "graphs for Graphviz", write_dot},
      {"perfetto", "a track per task, for ui.perfetto.dev and chrome://tracing", write_perfetto, true},
      {"shiviz", "a log with vector clocks, for ShiViz", write_shiviz, true},
  };
  return all;
}

const Format* find_format(std::string_view name) {
  const auto found = std::ranges::find_if(formats(), [&](const Format& format) { return name == format.name; });
  return found != formats().end() ? &*found : nullptr;
}

std::string names_of_formats() {
  std::vector<std::string> names;
  for (const Format& format : formats()) names.emplace_back(format.name);
  return in_words(names);
}

}  // namespace tenter::analysis
