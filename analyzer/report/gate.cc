#include "report/gate.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "base/text.h"
#include "report/json_report.h"

namespace tenter::analysis {
namespace {

using Json = nlohmann::ordered_json;

std::string text_at(const Json& object, const char* key) {
  const auto field = object.find(key);
  return field != object.end() && field->is_string() ? field->get<std::string>() : std::string();
}

GateEntry entry_of(const Json& finding) {
  GateEntry entry{text_at(finding, "fingerprint"), text_at(finding, "kind"), text_at(finding, "severity"),
                  text_at(finding, "message"), text_at(finding, "place")};
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

}  // namespace

GateVerdict compare(const ReportDocument& reports, const std::vector<GateEntry>& baseline) {
  std::set<std::string> agreed, shown;
  for (const GateEntry& entry : baseline) agreed.insert(entry.fingerprint);
  GateVerdict verdict;
  const Json document = reports.json();
  for (const Json& finding : document.at("findings")) {
    GateEntry entry = entry_of(finding);
    shown.insert(entry.fingerprint);
    if (entry.severity == "note") continue;
    (agreed.contains(entry.fingerprint) ? verdict.known : verdict.fresh).push_back(std::move(entry));
  }
  for (const GateEntry& entry : baseline)
    if (!shown.contains(entry.fingerprint)) verdict.gone.push_back(entry);
  for (const auto& [key, recording] : reports.recordings())
    if (!recording.conclusive())
      verdict.incomplete.push_back(text_at(recording.told, "path") + ": " + why_inconclusive(recording));
  return verdict;
}

std::string baseline_text(const std::vector<GateEntry>& entries, const std::string& version) {
  std::vector<GateEntry> sorted = entries;
  const auto order = [](const GateEntry& entry) { return std::tie(entry.kind, entry.place, entry.fingerprint); };
  std::sort(sorted.begin(), sorted.end(), [&](const GateEntry& a, const GateEntry& b) { return order(a) < order(b); });
  Json document = {{"schema_version", report_schema_version},
                   {"tool", {{"name", "tenter"}, {"version", version}}},
                   {"document", "baseline"}};
  document["findings"] = Json::array();
  std::set<std::string> written;
  for (const GateEntry& entry : sorted)
    if (written.insert(entry.fingerprint).second)
      document["findings"].push_back({{"kind", entry.kind},
                                      {"severity", entry.severity},
                                      {"fingerprint", entry.fingerprint},
                                      {"message", entry.message},
                                      {"place", entry.place}});
  return text_of(document);
}

Result<std::vector<GateEntry>> read_baseline(std::string_view text, const std::string& source) {
  Result<Json> parsed = parse_json(text, source);
  if (!parsed) return parsed.error();
  if (const Result<bool> ours = check_document(*parsed, source); !ours) return ours.error();
  const auto findings = parsed->find("findings");
  const auto bad = [&](const char* what) {
    return Error{source + ": the baseline is damaged: " + what, ExitCode::input};
  };
  if (findings == parsed->end() || !findings->is_array()) return bad("it has no list of findings");
  std::vector<GateEntry> entries;
  for (const Json& finding : *findings) {
    if (!finding.is_object()) return bad("an entry of its findings is no object");
    GateEntry entry = entry_of(finding);
    if (!is_fingerprint(entry.fingerprint)) return bad("a finding has no fingerprint of 16 or more hex digits");
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace tenter::analysis
