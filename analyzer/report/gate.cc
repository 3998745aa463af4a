#include "report/gate.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <tuple>

#include "base/text.h"
#include "finding/function_name.h"
#include "finding/rank.h"
#include "report/json_report.h"
#include "report/report_fields.h"

namespace tenter::analysis {
namespace {

using Json = nlohmann::ordered_json;

GateEntry entry_of(const Json& finding) {
  GateEntry entry{text_at(finding, "fingerprint"), text_at(finding, "kind"),  text_at(finding, "severity"),
                  text_at(finding, "message"),     text_at(finding, "place"), text_at(finding, "weak_fingerprint")};
  if (const auto locations = finding.find("locations");
      locations != finding.end() && locations->is_array() && !locations->empty() && locations->front().is_object()) {
    const Json& first = locations->front();
    entry.place = text_at(first, "file");
    if (const auto line = first.find("line");
        line != first.end() && line->is_number_unsigned() && line->get<std::uint64_t>() != 0)
      entry.place += ':' + std::to_string(line->get<std::uint64_t>());
  }
  return entry;
}

std::string why_inconclusive(const ReportDocument::Recording& joined) {
  if (!joined.shards.contains("1/1")) return "not all of its shards were checked";
  const Json& recording = joined.told;
  if (const auto notes = recording.find("notes");
      notes != recording.end() && notes->is_array() && !notes->empty() && notes->front().is_string())
    return notes->front().get<std::string>();
  const auto complete = recording.find("complete");
  const bool whole = complete != recording.end() && complete->is_boolean() && complete->get<bool>();
  return whole ? "nothing in it was instrumented" : "it is cut short or lost events";
}

// Whether it is a source file that `tenter lint` read, and nothing that ran.
bool is_source(const ReportDocument::Recording& recording) {
  const auto source = recording.told.find("source");
  return source != recording.told.end() && *source == true;
}

// With the last folder alone, because what is above it differs from machine to machine.
void add_program(const Json& recording, std::set<std::string>& programs) {
  if (truth_at(recording, "source")) return;
  const std::filesystem::path path = text_at(recording, "program");
  if (path.has_filename()) programs.insert((path.parent_path().filename() / path.filename()).string());
}

// A program that was moved or built elsewhere keeps its name; what stands in one folder is of one project, such as the
// tests of a build, or a program and its mended twin.
bool are_related(const std::filesystem::path& left, const std::filesystem::path& right) {
  return left.filename() == right.filename() || (left.has_parent_path() && left.parent_path() == right.parent_path());
}

bool have_common(const std::set<std::string>& left, const std::set<std::string>& right) {
  return std::ranges::any_of(left, [&](const std::string& one) {
    return std::ranges::any_of(right, [&](const std::string& other) { return are_related(one, other); });
  });
}

// Whether some recording was checked for findings of that kind, or some source.
bool looked_for(const ReportDocument& reports, const std::string& kind) {
  return std::ranges::any_of(reports.recordings(), [&](const auto& recording) {
    if (is_source(recording.second) != is_lint_kind(kind)) return false;
    const Json& kinds = list_at(recording.second.told, "kinds");
    return kinds.empty() || std::ranges::find(kinds, Json(kind)) != kinds.end();
  });
}

// Findings whose functions and variable some entry has that nobody showed: moved rather than new.
void tell_moved_from_new(GateVerdict& verdict) {
  std::vector<GateEntry> fresh;
  for (GateEntry& entry : verdict.fresh) {
    const auto before = std::ranges::find_if(verdict.gone, [&](const GateEntry& gone) {
      return !gone.weak_fingerprint.empty() && gone.weak_fingerprint == entry.weak_fingerprint &&
             gone.kind == entry.kind;
    });
    if (before == verdict.gone.end()) {
      fresh.push_back(std::move(entry));
      continue;
    }
    verdict.moved.push_back({std::move(entry), std::move(*before)});
    verdict.gone.erase(before);
  }
  verdict.fresh = std::move(fresh);
}

void tell_suppressions(const ReportDocument& reports, GateVerdict& verdict) {
  for (const auto& [key, suppression] : reports.suppressions()) {
    const auto& [file, line, rule] = key;
    const std::string named = file + ':' + std::to_string(line) + ": " + rule;
    for (const auto& [print, finding] : suppression.taken) verdict.suppressed.push_back({entry_of(finding), named});
    if (suppression.expired) verdict.expired.push_back(named);
    else if (suppression.taken.empty()) verdict.unused.push_back(named);
  }
}

}  // namespace

GateVerdict compare(const ReportDocument& reports, const Baseline& baseline, const GateRules& rules) {
  std::set<std::string> agreed, shown;
  for (const GateEntry& entry : baseline.entries) agreed.insert(entry.fingerprint);
  GateVerdict verdict;
  const Json document = reports.json();
  for (const Json& finding : document.at("findings")) {
    GateEntry entry = entry_of(finding);
    shown.insert(entry.fingerprint);
    // A severity that we do not know counts.
    const bool told = entry.severity == "error" || entry.severity == "warning" || entry.severity == "note";
    if (told && severity_rank(entry.severity) > severity_rank(rules.fail_on)) continue;
    (agreed.contains(entry.fingerprint) ? verdict.known : verdict.fresh).push_back(std::move(entry));
  }
  for (const GateEntry& entry : baseline.entries)
    if (!shown.contains(entry.fingerprint))
      (looked_for(reports, entry.kind) ? verdict.gone : verdict.unasked).push_back(entry);
  tell_moved_from_new(verdict);
  tell_suppressions(reports, verdict);
  std::uint64_t events = 0;
  std::set<std::string> modules;
  for (const auto& [key, recording] : reports.recordings()) {
    if (!recording.conclusive())
      verdict.incomplete.push_back(text_at(recording.told, "path") + ": " + why_inconclusive(recording));
    add_program(recording.told, verdict.programs);
    events += std::min(number_at(recording.told, "events"), UINT64_MAX - events);
    for (const Json& module : list_at(recording.told, "instrumented_modules"))
      if (module.is_string()) modules.insert(file_name(module.get<std::string>()));
  }
  for (const std::string& module : rules.required_modules)
    if (!modules.contains(module))
      verdict.incomplete.push_back("no recording tells of `" + module + "` as instrumented; build it with tenter-c++");
  const bool something_ran =
      std::ranges::any_of(reports.recordings(), [](const auto& each) { return !is_source(each.second); });
  if (something_ran && events < rules.min_events)
    verdict.incomplete.push_back("the recordings hold " + counted(events, "event") + " in all, fewer than the " +
                                 group_digits(rules.min_events) + " that --min-events asks for");
  verdict.of_other_programs = !baseline.entries.empty() && verdict.known.empty() && verdict.moved.empty() &&
                              !baseline.programs.empty() && !verdict.programs.empty() &&
                              !have_common(baseline.programs, verdict.programs);
  return verdict;
}

std::string baseline_text(const Baseline& baseline, const std::string& version) {
  std::vector<GateEntry> sorted = baseline.entries;
  const auto order = [](const GateEntry& entry) { return std::tie(entry.kind, entry.place, entry.fingerprint); };
  std::sort(sorted.begin(), sorted.end(), [&](const GateEntry& a, const GateEntry& b) { return order(a) < order(b); });
  Json document = {{"schema_version", report_schema_version},
                   {"tool", {{"name", "tenter"}, {"version", version}}},
                   {"document", "baseline"},
                   {"programs", baseline.programs}};
  document["findings"] = Json::array();
  std::set<std::string> written;
  for (const GateEntry& entry : sorted)
    if (written.insert(entry.fingerprint).second)
      document["findings"].push_back({{"kind", entry.kind},
                                      {"severity", entry.severity},
                                      {"fingerprint", entry.fingerprint},
                                      {"weak_fingerprint", entry.weak_fingerprint},
                                      {"message", entry.message},
                                      {"place", entry.place}});
  return text_of(document);
}

Result<Baseline> read_baseline(std::string_view text, const std::string& source) {
  Result<Json> parsed = parse_json(text, source, DocumentKind::baseline);
  if (!parsed) return parsed.error();
  if (const Result<bool> ours = check_document(*parsed, source, DocumentKind::baseline); !ours) return ours.error();
  const auto findings = parsed->find("findings");
  const auto bad = [&](const char* what) {
    return Error{source + ": the baseline is damaged: " + what + "; take it from the repository again",
                 ExitCode::input};
  };
  if (findings == parsed->end() || !findings->is_array()) return bad("it has no list of findings");
  Baseline baseline;
  for (const Json& finding : *findings) {
    if (!finding.is_object()) return bad("an entry of its findings is no object");
    GateEntry entry = entry_of(finding);
    if (!is_fingerprint(entry.fingerprint)) return bad("a finding has no fingerprint of 16 or more hex digits");
    baseline.entries.push_back(std::move(entry));
  }
  for (const Json& program : list_at(*parsed, "programs"))
    if (program.is_string()) baseline.programs.insert(program.get<std::string>());
  for (const Json& recording : list_at(*parsed, "recordings")) add_program(recording, baseline.programs);
  return baseline;
}

}  // namespace tenter::analysis
