#include "report/github_report.h"

#include <map>
#include <random>

#include "base/text.h"
#include "finding/rank.h"
#include "report/escape.h"
#include "report/kind_traits.h"

namespace tenter::analysis {
namespace {

constexpr std::size_t most_of_a_level = 10;
constexpr std::size_t most_summary_bytes = 900'000;

const char* level_of(const Finding& finding) {
  return finding.severity == "error" ? "error" : finding.severity == "warning" ? "warning" : "notice";
}

std::string place_in(const std::string& folder, const Finding& finding) {
  if (finding.locations.empty() || finding.locations.front().file.empty()) return {};
  const Location& at = finding.locations.front();
  return path_from(folder, at.file) + (at.line != 0 ? ':' + std::to_string(at.line) : std::string());
}

}  // namespace

void write_github(const Report& report, const RenderOptions& options, std::ostream& out) {
  std::map<std::string, std::size_t> told;
  std::size_t left_out = 0;
  for (const Finding& finding : report.findings) {
    if (options.is_known(finding.fingerprint)) continue;
    const char* level = level_of(finding);
    if (++told[level] > most_of_a_level) {
      ++left_out;
      continue;
    }
    out << "::" << level << ' ';
    if (!finding.locations.empty() && !finding.locations.front().file.empty()) {
      const Location& at = finding.locations.front();
      out << "file=" << escape_for_github_property(path_from(options.folder, at.file));
      if (at.line != 0) out << ",line=" << at.line;
      if (at.line != 0 && at.column != 0) out << ",col=" << at.column;
      out << ',';
    }
    out << "title=" << escape_for_github_property(traits_of(finding.kind).title)
        << "::" << escape_for_github_message(finding.message + ". " + finding.explanation) << '\n';
  }
  if (left_out > 0)
    out << "tenter: " << counted(left_out, "more finding") << " not annotated here; the report has "
        << (left_out == 1 ? "it" : "them") << ".\n";
}

void write_markdown(const Report& report, const RenderOptions& options, std::ostream& out) {
  std::map<std::pair<int, std::string>, std::size_t> kinds;
  for (const Finding& finding : report.findings) ++kinds[{kind_rank(finding.kind), finding.kind}];
  out << "### Tenterhook: "
      << (report.findings.empty() ? std::string("no findings") : counted(report.findings.size(), "finding")) << "\n\n";
  for (const RecordingSummary& recording : report.recordings) {
    if (recording.conclusive) continue;
    out << "- " << escape_for_markdown(recording.path) << ": **incomplete**";
    if (!recording.notes.empty()) out << ", " << escape_for_markdown(recording.notes.front());
    out << '\n';
  }
  if (report.findings.empty()) {
    out << "\n" << counted(report.recordings.size(), "recording") << " checked.\n\n";
    return;
  }
  out << "\n| | Kind | Place | What | Fingerprint |\n|---|---|---|---|---|\n";
  std::size_t written = 0, left_out = 0;
  for (const Finding& finding : report.findings) {
    std::string line = std::string("| ") + level_of(finding);
    if (options.known != nullptr) line += options.is_known(finding.fingerprint) ? ", known" : ", new";
    line += " | " + escape_for_markdown(finding.kind) + " | " + escape_for_markdown(place_in(options.folder, finding)) +
            " | " + escape_for_markdown(finding.message) + " (" + escape_for_markdown(finding.certainty) + ") | " +
            escape_for_markdown(finding.fingerprint) + " |\n";
    if (written + line.size() > most_summary_bytes) {
      ++left_out;
      continue;
    }
    written += line.size();
    out << line;
  }
  if (left_out > 0) out << '\n' << counted(left_out, "more finding") << ".\n";
  out << '\n';
}

std::string fence_word() {
  // Of the system's random numbers: whoever wrote the names in a recording must not know it.
  std::random_device random;
  std::string word;
  for (unsigned i = 0; i < 4; ++i) word += hex_number(random()).substr(2);
  return "tenter-" + word;
}

std::string fence_begin(const std::string& word) { return "::stop-commands::" + word + '\n'; }

std::string fence_end(const std::string& word) { return "::" + word + "::\n"; }

}  // namespace tenter::analysis
