#include "report/junit_report.h"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/text.h"
#include "finding/rank.h"
#include "report/escape.h"
#include "report/text_report.h"

namespace tenter::analysis {
namespace {

// The kinds that an analysis can find.
const std::vector<std::string>& kinds_of(const std::string& analysis) {
  static const std::vector<std::string> races = {"data-race", "use-after-free-race"},
                                        locks = {"deadlock", "double-lock", "lock-order-inversion",
                                                 "lock-held-while-waiting"},
                                        orders = {"lock-order-inversion"},
                                        leaks = {"task-leak", "thread-leak", "lost-cancel"}, none;
  static const std::vector<std::string> misuse = [] {
    std::vector<std::string> rest;
    for (const std::string& kind : known_kinds())
      if (std::ranges::find(races, kind) == races.end() && std::ranges::find(locks, kind) == locks.end() &&
          std::ranges::find(leaks, kind) == leaks.end() && !is_lint_kind(kind))
        rest.push_back(kind);
    return rest;
  }();
  if (analysis == "hb" || analysis == "shb" || analysis == "syncp" || analysis == "osr") return races;
  if (analysis == "deadlock") return locks;
  if (analysis == "spd") return orders;
  if (analysis == "leak") return leaks;
  return analysis == "misuse" ? misuse : none;
}

struct Case {
  std::string name;
  enum class Outcome : std::uint8_t { passed, failed, error, skipped } outcome = Outcome::passed;
  std::string message, type, body;  // body: escaped lines
};

struct Suite {
  std::string name;
  std::vector<Case> cases;
  std::string output;  // escaped lines
  std::size_t count(Case::Outcome outcome) const {
    return static_cast<std::size_t>(std::ranges::count(cases, outcome, &Case::outcome));
  }
};

std::string escaped_lines(const std::string& text) {
  std::string out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) out += escape_for_xml(line) + '\n';
  return out;
}

std::string block_of(const Finding& finding, const RenderOptions& options) {
  std::ostringstream text;
  RenderOptions plain = options;
  plain.color = false;
  write_finding_text(finding, false, plain, text);
  return escaped_lines(text.str());
}

Suite suite_of(const Report& report, std::size_t r, const RenderOptions& options) {
  const RecordingSummary& recording = report.recordings[r];
  Suite suite{recording.path, {}, {}};
  std::map<std::string, std::vector<const Finding*>> found;
  for (std::size_t i = 0; i < report.findings.size(); ++i) {
    const Finding& finding = report.findings[i];
    const bool here = i < report.counts.size() && r < report.counts[i].size() ? report.counts[i][r] != 0
                                                                              : report.recordings.size() == 1;
    if (!here) continue;
    if (finding.severity == "note" || options.is_known(finding.fingerprint)) suite.output += block_of(finding, options);
    else found[finding.kind].push_back(&finding);
  }
  std::set<std::string> looked_for;
  for (const AnalysisSummary& analysis : recording.analyses)
    looked_for.insert(kinds_of(analysis.name).begin(), kinds_of(analysis.name).end());
  if (!recording.kinds.empty())
    std::erase_if(looked_for, [&](const std::string& kind) {
      return std::ranges::find(recording.kinds, kind) == recording.kinds.end();
    });
  for (const auto& [kind, findings] : found) looked_for.insert(kind);

  std::vector<std::string> kinds(looked_for.begin(), looked_for.end());
  std::ranges::sort(kinds, {}, [](const std::string& kind) { return std::pair(kind_rank(kind), kind); });
  for (const std::string& kind : kinds) {
    Case one;
    one.name = kind;
    if (const auto some = found.find(kind); some != found.end()) {
      one.outcome = Case::Outcome::failed;
      one.type = kind;
      one.message = some->second.front()->message;
      if (some->second.size() > 1) one.message += " (and " + counted(some->second.size() - 1, "other") + ')';
      for (const Finding* finding : some->second) one.body += block_of(*finding, options);
    } else if (!recording.conclusive) {
      one.outcome = Case::Outcome::skipped;
      one.message = "nothing was found, but the recording is incomplete";
    }
    suite.cases.push_back(std::move(one));
  }
  Case whole;
  whole.name = "recording";
  if (!recording.conclusive) {
    whole.outcome = Case::Outcome::error;
    whole.type = "inconclusive";
    whole.message = recording.notes.empty() ? "the recording is incomplete" : recording.notes.front();
  }
  for (const std::string& note : recording.notes) suite.output += escape_for_xml("note: " + note) + '\n';
  suite.cases.push_back(std::move(whole));
  return suite;
}

void write_case(const Case& one, const std::string& class_name, std::ostream& out) {
  out << "    <testcase classname=\"" << escape_for_xml(class_name) << "\" name=\"" << escape_for_xml(one.name) << '"';
  if (one.outcome == Case::Outcome::passed) {
    out << "/>\n";
    return;
  }
  const char* element = one.outcome == Case::Outcome::failed  ? "failure"
                        : one.outcome == Case::Outcome::error ? "error"
                                                              : "skipped";
  out << ">\n      <" << element;
  if (!one.type.empty()) out << " type=\"" << escape_for_xml(one.type) << '"';
  out << " message=\"" << escape_for_xml(one.message) << '"';
  if (one.body.empty()) out << "/>\n";
  else out << ">\n" << one.body << "      </" << element << ">\n";
  out << "    </testcase>\n";
}

std::string numbers(const std::vector<Suite>& suites, const char* skipped) {
  std::size_t tests = 0, failures = 0, errors = 0, left_out = 0;
  for (const Suite& suite : suites) {
    tests += suite.cases.size();
    failures += suite.count(Case::Outcome::failed);
    errors += suite.count(Case::Outcome::error);
    left_out += suite.count(Case::Outcome::skipped);
  }
  return " tests=\"" + std::to_string(tests) + "\" failures=\"" + std::to_string(failures) + "\" errors=\"" +
         std::to_string(errors) + '"' +
         (skipped != nullptr ? std::string(" ") + skipped + "=\"" + std::to_string(left_out) + '"' : std::string());
}

}  // namespace

void write_junit(const Report& report, const RenderOptions& options, std::ostream& out) {
  std::vector<Suite> suites;
  for (std::size_t r = 0; r < report.recordings.size(); ++r) suites.push_back(suite_of(report, r, options));
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"tenter\"" << numbers(suites, nullptr) << ">\n";
  for (std::size_t r = 0; r < suites.size(); ++r) {
    const Suite& suite = suites[r];
    out << "  <testsuite name=\"" << escape_for_xml(suite.name) << '"' << numbers({suite}, "skipped") << ">\n";
    const std::string& program = report.recordings[r].program;
    const std::string file = file_name(program);
    for (const Case& one : suite.cases) write_case(one, "tenter." + (file.empty() ? "recording" : file), out);
    if (!suite.output.empty()) out << "    <system-out>\n" << suite.output << "    </system-out>\n";
    out << "  </testsuite>\n";
  }
  out << "</testsuites>\n";
}

}  // namespace tenter::analysis
