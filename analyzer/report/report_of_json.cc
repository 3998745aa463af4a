#include "report/report_of_json.h"

#include <algorithm>
#include <limits>
#include <type_traits>

#include "report/merge_reports.h"
#include "report/report_fields.h"

namespace tenter::analysis {
namespace {

using Json = nlohmann::ordered_json;

// Lines and ids are 32 bits wide with us; a greater number was never one of ours.
std::uint32_t number32_at(const Json& object, const char* key) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(number_at(object, key), UINT32_MAX));
}

std::vector<std::string> texts_at(const Json& object, const char* key) {
  std::vector<std::string> texts;
  for (const Json& one : list_at(object, key))
    if (one.is_string()) texts.push_back(one.get<std::string>());
  return texts;
}

template <class F>
auto each_at(const Json& object, const char* key, F read) {
  std::vector<std::invoke_result_t<F, const Json&>> all;
  for (const Json& one : list_at(object, key)) all.push_back(read(one));
  return all;
}

Frame frame_of(const Json& json) {
  Frame frame;
  frame.function = text_at(json, "function");
  frame.file = text_at(json, "file");
  frame.module = text_at(json, "module");
  frame.line = number32_at(json, "line");
  frame.column = number32_at(json, "column");
  frame.offset = number_at(json, "offset");
  frame.inlined = truth_at(json, "inlined");
  return frame;
}

Location location_in(const Json& json) {
  return {text_at(json, "file"), text_at(json, "function"), number32_at(json, "line"), number32_at(json, "column")};
}

TaskRef task_of(const Json& json) {
  return {number32_at(json, "id"), text_at(json, "name"), text_at(json, "kind"), each_at(json, "created_at", frame_of)};
}

std::optional<SynchronizationRef> synchronization_in(const Json& side, const char* key) {
  if (!side.contains(key)) return std::nullopt;
  const Json& json = object_at(side, key);
  return SynchronizationRef{text_at(json, "does"), location_in(json)};
}

Side side_of(const Json& json) {
  return {text_at(json, "role"),
          task_of(object_at(json, "task")),
          each_at(json, "stack", frame_of),
          each_at(json, "locks", [](const Json& lock) { return LockRef{text_at(lock, "name"), text_at(lock, "id")}; }),
          number_at(json, "size"),
          synchronization_in(json, "last_synchronization"),
          synchronization_in(json, "next_synchronization")};
}

WaitRef wait_of(const Json& json) {
  return {task_of(object_at(json, "task")),   text_at(json, "wants"),
          each_at(json, "stack", frame_of),   text_at(json, "holds"),
          each_at(json, "held_at", frame_of), number_at(json, "since_step"),
          number_at(json, "lasted_ns")};
}

WitnessRef witness_of(const Json& json) {
  return {text_at(json, "analysis"), number_at(json, "steps"), number_at(json, "earlier_turns"),
          each_at(json, "schedule", [](const Json& turn) {
            return TurnRef{number32_at(turn, "task"),
                           text_at(turn, "name"),
                           number_at(turn, "steps"),
                           text_at(turn, "does"),
                           {text_at(turn, "file"), text_at(turn, "function"), number32_at(turn, "line"), 0}};
          })};
}

TimelineEventRef timeline_event_of(const Json& json) {
  TimelineEventRef event;
  event.task = number32_at(json, "task");
  event.position = number_at(json, "position");
  event.op = text_at(json, "op");
  event.does = text_at(json, "does");
  event.at = location_in(json);
  if (json.contains("side")) event.side = number32_at(json, "side");
  return event;
}

TimelineRef timeline_of(const Json& json) {
  return {each_at(json, "lanes", task_of), each_at(json, "events", timeline_event_of),
          each_at(json, "arrows",
                  [](const Json& arrow) {
                    return TimelineArrowRef{number_at(arrow, "from"), number_at(arrow, "to"), text_at(arrow, "kind")};
                  }),
          number_at(json, "left_out"), truth_at(json, "ordered")};
}

Finding finding_of(const Json& json) {
  Finding finding;
  finding.kind = text_at(json, "kind");
  finding.certainty = text_at(json, "certainty");
  finding.severity = text_at(json, "severity");
  finding.fingerprint = text_at(json, "fingerprint");
  finding.weak_fingerprint = text_at(json, "weak_fingerprint");
  finding.message = text_at(json, "message");
  finding.count = number_at(json, "count");
  finding.locations = each_at(json, "locations", location_in);
  finding.sides = each_at(json, "sides", side_of);
  if (const Json& object = object_at(json, "object"); !object.empty())
    finding.object = ObjectRef{text_at(object, "kind"), text_at(object, "name"), text_at(object, "address"),
                               number_at(object, "size"), each_at(object, "created_at", frame_of)};
  finding.cycle = each_at(json, "cycle", wait_of);
  if (const Json& blocked = object_at(json, "blocked_on"); !blocked.empty()) finding.blocked_on = wait_of(blocked);
  finding.could_be_unblocked_by = each_at(json, "could_be_unblocked_by", task_of);
  finding.reason = text_at(json, "reason");
  finding.proof = text_at(json, "proof");
  finding.explanation = text_at(json, "explanation");
  finding.found_by = texts_at(json, "found_by");
  if (const Json& witness = object_at(json, "witness"); !witness.empty()) finding.witness = witness_of(witness);
  if (const Json& timeline = object_at(json, "timeline"); !timeline.empty()) finding.timeline = timeline_of(timeline);
  finding.recordings = texts_at(json, "recordings");
  return finding;
}

AnalysisSummary analysis_of(const Json& json) {
  return {text_at(json, "name"), text_at(json, "promise"), number_at(json, "racy_events"),
          number_at(json, "racy_places"), number_at(json, "deadlocks")};
}

RecordingSummary recording_of(const Json& json) {
  RecordingSummary recording;
  recording.path = text_at(json, "path");
  recording.id = text_at(json, "id");
  recording.program = text_at(json, "program");
  recording.complete = truth_at(json, "complete");
  recording.source = truth_at(json, "source");
  recording.shards = texts_at(json, "shards");
  recording.conclusive = truth_at(json, json.contains("conclusive") ? "conclusive" : "complete");
  recording.lost_events = number_at(json, "lost_events");
  recording.tasks = number_at(json, "tasks");
  recording.threads = number_at(json, "threads");
  recording.events = number_at(json, "events");
  recording.accesses = number_at(json, "accesses");
  recording.suppressed = number_at(json, "suppressed");
  recording.end = text_at(json, "end");
  recording.instrumented_modules = texts_at(json, "instrumented_modules");
  recording.kinds = texts_at(json, "kinds");
  recording.notes = texts_at(json, "notes");
  recording.analyses = each_at(json, "analyses", analysis_of);
  return recording;
}

SuppressionUse suppression_of(const Json& json) {
  return {text_at(json, "file"),
          text_at(json, "rule"),
          text_at(json, "reason"),
          number_at(json, "line"),
          truth_at(json, "expired"),
          each_at(json, "findings", [](const Json& finding) {
            const std::vector<Location> locations = each_at(finding, "locations", location_in);
            return SuppressionUse::Taken{text_at(finding, "fingerprint"), text_at(finding, "kind"),
                                         text_at(finding, "severity"), text_at(finding, "message"),
                                         locations.empty() ? Location{} : locations.front()};
          })};
}

}  // namespace

Report report_of_json(const Json& document) {
  Report report;
  report.version = text_at(object_at(document, "tool"), "version");
  report.recordings = each_at(document, "recordings", recording_of);
  report.analyses = each_at(document, "analyses", analysis_of);
  report.suppressions = each_at(document, "suppressions", suppression_of);
  for (const Json& json : list_at(document, "findings")) {
    report.findings.push_back(finding_of(json));
    std::vector<std::uint64_t>& counts = report.counts.emplace_back(report.recordings.size());
    for (const Json& seen : list_at(json, "seen"))
      for (std::size_t r = 0; r < report.recordings.size(); ++r)
        if (report.recordings[r].path == text_at(seen, "recording") && report.recordings[r].id == text_at(seen, "id"))
          counts[r] = number_at(seen, "count");
  }
  return report;
}

}  // namespace tenter::analysis
