#include "report/json_report.h"

#include <algorithm>

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
Json json_of(const SuppressionUse::Taken& taken);
Json json_of(const SuppressionUse& use);

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

Json json_of(const SynchronizationRef& one) {
  Json json = json_of(one.at);
  json["does"] = one.does;
  return json;
}

Json json_of(const Side& side) {
  Json json = {{"role", side.role},
               {"task", json_of(side.task)},
               {"stack", json_array(side.stack)},
               {"locks", json_array(side.locks)},
               {"size", side.size}};
  if (side.last_synchronization) json["last_synchronization"] = json_of(*side.last_synchronization);
  if (side.next_synchronization) json["next_synchronization"] = json_of(*side.next_synchronization);
  return json;
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
  if (wait.since != 0) json["since_step"] = wait.since;
  if (wait.lasted_ns != 0) json["lasted_ns"] = wait.lasted_ns;
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
  if (recording.source) json["source"] = true;
  if (!recording.kinds.empty()) json["kinds"] = recording.kinds;
  if (!recording.shards.empty()) json["shards"] = recording.shards;
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

Json json_of(const TimelineRef& timeline) {
  Json events = Json::array(), arrows = Json::array();
  for (const TimelineEventRef& event : timeline.events) {
    Json one = {{"task", event.task},        {"position", event.position},   {"op", event.op},
                {"does", event.does},        {"file", event.at.file},        {"line", event.at.line},
                {"column", event.at.column}, {"function", event.at.function}};
    if (event.side) one["side"] = *event.side;
    events.push_back(std::move(one));
  }
  for (const TimelineArrowRef& arrow : timeline.arrows)
    arrows.push_back({{"from", arrow.from}, {"to", arrow.to}, {"kind", arrow.kind}});
  return {{"lanes", json_array(timeline.lanes)},
          {"events", std::move(events)},
          {"arrows", std::move(arrows)},
          {"left_out", timeline.left_out},
          {"ordered", timeline.ordered}};
}

Json json_of(const SuppressionUse::Taken& taken) {
  return {{"kind", taken.kind},
          {"severity", taken.severity},
          {"fingerprint", taken.fingerprint},
          {"message", taken.message},
          {"locations", json_array(std::vector<Location>{taken.location})}};
}

Json json_of(const SuppressionUse& use) {
  // By fingerprint, as `tenter merge` writes them.
  std::vector<SuppressionUse::Taken> taken = use.taken;
  std::ranges::sort(taken, {}, &SuppressionUse::Taken::fingerprint);
  return {{"file", use.file},     {"line", use.line},       {"rule", use.rule},
          {"reason", use.reason}, {"expired", use.expired}, {"findings", json_array(taken)}};
}

Json json_of_finding(const Finding& finding, const Json& seen) {
  Json json = {{"kind", finding.kind},
               {"certainty", finding.certainty},
               {"severity", finding.severity},
               {"fingerprint", finding.fingerprint},
               {"weak_fingerprint", finding.weak_fingerprint},
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
  } else if (!finding.reason.empty()) {
    json["reason"] = finding.reason;
    json["proof"] = finding.proof;
  }
  if (!finding.found_by.empty()) json["found_by"] = finding.found_by;
  if (finding.witness) json["witness"] = json_of(*finding.witness);
  if (finding.timeline) json["timeline"] = json_of(*finding.timeline);
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
  if (!report.suppressions.empty()) json["suppressions"] = json_array(report.suppressions);
  return json;
}

std::string text_of(const nlohmann::ordered_json& document) {
  return document.dump(2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + '\n';
}

void write_json(const Report& report, std::ostream& out) { out << text_of(json_of(report)); }

}  // namespace tenter::analysis
