#include "report/gitlab_report.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "report/json_report.h"

namespace tenter::analysis {
namespace {

// blocker is left to people: nothing of ours stops a merge by itself.
const char* severity_of(const Finding& finding) {
  if (finding.severity == "error") return finding.certainty == "predicted" ? "major" : "critical";
  return finding.severity == "warning" ? "minor" : "info";
}

}  // namespace

void write_gitlab(const Report& report, const RenderOptions& options, std::ostream& out) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Finding& finding : report.findings) {
    static const Location nowhere{"unknown", {}, 0, 0};
    const Location& at =
        finding.locations.empty() || finding.locations.front().file.empty() ? nowhere : finding.locations.front();
    // A place needs a line there; a module without lines is named as a whole.
    list.push_back({{"description", escape_for_terminal(finding.message)},
                    {"check_name", finding.kind},
                    {"fingerprint", finding.fingerprint},
                    {"severity", severity_of(finding)},
                    {"location",
                     {{"path", escape_for_terminal(path_from(options.folder, at.file))},
                      {"lines", {{"begin", std::max(at.line, 1u)}}}}}});
  }
  out << text_of(list);
}

}  // namespace tenter::analysis
