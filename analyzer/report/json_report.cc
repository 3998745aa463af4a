#include "report/json_report.h"

#include <nlohmann/json.hpp>

#include "finding/rank.h"
#include "report/merge_reports.h"

namespace tenter::analysis {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Frame& frame);
Json json_of(const Location& location);
Json json_of(const TaskRef& task);
Json json_of(const LockRef& lock);
Json json_of(const Side& side);
Json json_of(const ObjectRef& object);
Json json_of(const WaitRef& wait);
Json json_of(const RecordingSummary& recording);
Json json_of(const AnalysisSummary& analysis, bool with_promise);

template <class T>
Json json_array(const std::vector<T>& items) {
  Json array = Json::array();
  for (const T& item : items) array.push_back(json_of(item));
  return array;
}

Json json_of(const Frame& frame) {
  return {{"function", frame.function}, {"file", frame.file},     {"line", frame.line},      {"column", frame.column},
          {"module", frame.module},     {"offset", frame.offset}, {"inlined", frame.inlined}};
}

Json json_of(const Location& location) {
  return {
      {"file", location.file}, {"line", location.line}, {"column", location.column}, {"function", location.function}};
}

Json json_of(const TaskRef& task) {
  return {{"id", task.id}, {"name", task.name}, {"kind", task.kind}, {"created_at", json_array(task.created_at)}};
}

Json json_of(const LockRef& lock) { return {{"name", lock.name}, {"id", lock.id}}; }

Json json_of(const Side& side) {
  return {{"role", side.role},
          {"task", json_of(side.task)},
          {"stack", json_array(side.stack)},
          {"locks", json_array(side.locks)},
          {"size", side.size}};
}

Json json_of(const ObjectRef& object) {
  return {{"kind", object.kind},
          {"name", object.name},
          {"address", object.address},
          {"size", object.size},
          {"created_at", json_array(object.created_at)}};
}

Json json_of(const WaitRef& wait) {
  Json json = {{"task", json_of(wait.task)}, {"wants", wait.wants}, {"stack", json_array(wait.stack)}};
  if (!wait.holds.empty()) {
    json["holds"] = wait.holds;
    json["held_at"] = json_array(wait.held_at);
  }
  return json;
}

Json json_of(const AnalysisSummary& analysis, bool with_promise) {
  Json json = {{"name", analysis.name}};
  if (with_promise) json["promise"] = analysis.promise;
  json["racy_events"] = analysis.racy_events;
  json["racy_places"] = analysis.racy_places;
  json["deadlocks"] = analysis.deadlocks;
  return json;
}

Json json_of(const RecordingSummary& recording) {
  Json json{{"path", recording.path},
            {"id", recording.id},
            {"program", recording.program},
            {"complete", recording.complete},
            {"conclusive", recording.conclusive},
            {"lost_events", recording.lost_events},
            {"tasks", recording.tasks},
            {"threads", recording.threads},
            {"events", recording.events},
            {"accesses", recording.accesses},
            {"instrumented_modules", recording.instrumented_modules},
            {"suppressed", recording.suppressed},
            {"end", recording.end},
            {"notes", recording.notes}};
  if (!recording.shard.empty()) json["shards"] = Json::array({recording.shard});
  Json analyses = Json::array();
  for (const AnalysisSummary& analysis : recording.analyses) analyses.push_back(json_of(analysis, false));
  json["analyses"] = std::move(analyses);
  return json;
}

Json json_of(const WitnessRef& witness) {
  Json turns = Json::array();
  for (const TurnRef& turn : witness.schedule)
    turns.push_back({{"task", turn.task},
                     {"name", turn.name},
                     {"steps", turn.steps},
                     {"does", turn.does},
                     {"file", turn.at.file},
                     {"line", turn.at.line},
                     {"function", turn.at.function}});
  return {{"analysis", witness.analysis},
          {"steps", witness.steps},
          {"earlier_turns", witness.earlier_turns},
          {"schedule", std::move(turns)}};
}

Json json_of_finding(const Finding& finding, const Json& seen) {
  Json json = {{"kind", finding.kind},
               {"certainty", finding.certainty},
               {"severity", finding.severity},
               {"fingerprint", finding.fingerprint},
               {"message", finding.message},
               {"count", finding.count},
               {"recordings", finding.recordings},
               {"seen", seen},
               {"locations", json_array(finding.locations)},
               {"sides", json_array(finding.sides)}};
  if (finding.object) json["object"] = json_of(*finding.object);
  if (!finding.cycle.empty()) json["cycle"] = json_array(finding.cycle);
  if (finding.blocked_on) json["blocked_on"] = json_of(*finding.blocked_on);
  if (finding.kind == "task-leak") {
    json["could_be_unblocked_by"] = json_array(finding.could_be_unblocked_by);
    json["reason"] = finding.reason;
    json["proof"] = finding.proof;
  }
  if (!finding.found_by.empty()) json["found_by"] = finding.found_by;
  if (finding.witness) json["witness"] = json_of(*finding.witness);
  json["explanation"] = finding.explanation;
  return json;
}

}  // namespace

nlohmann::ordered_json json_of(const Report& report) {
  Json json = {{"schema_version", report_schema_version}, {"tool", {{"name", "tenter"}, {"version", report.version}}}};
  json["recordings"] = json_array(report.recordings);
  Json findings = Json::array();
  for (std::size_t i = 0; i < report.findings.size(); ++i) {
    Json seen = Json::array();
    for (std::size_t r = 0; r < report.recordings.size(); ++r) {
      const std::uint64_t count = i < report.counts.size() && r < report.counts[i].size() ? report.counts[i][r]
                                  : report.recordings.size() == 1                         ? report.findings[i].count
                                                                                          : 0;
      if (count != 0)
        seen.push_back({{"recording", report.recordings[r].path}, {"id", report.recordings[r].id}, {"count", count}});
    }
    findings.push_back(json_of_finding(report.findings[i], seen));
  }
  json["summary"] = summary_of(findings);
  Json analyses = Json::array();
  for (const AnalysisSummary& analysis : report.analyses) analyses.push_back(json_of(analysis, true));
  json["analyses"] = std::move(analyses);
  json["findings"] = std::move(findings);
  return json;
}

std::string text_of(const nlohmann::ordered_json& document) {
  return document.dump(2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + '\n';
}

void write_json(const Report& report, std::ostream& out) { out << text_of(json_of(report)); }

}  // namespace tenter::analysis
