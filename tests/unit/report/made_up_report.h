// Reports made by hand, each as `tenter check` would make it of one or more recordings.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "finding/rank.h"
#include "report/json_report.h"
#include "report/merge_reports.h"
#include "report/report.h"

namespace tenter::analysis {

inline Frame frame_at(std::string function, std::uint32_t line) {
  Frame frame;
  frame.function = std::move(function);
  frame.file = "/src/bank.cc";
  frame.line = line;
  frame.column = 3;
  frame.module = "/src/bank";
  frame.offset = 0x1000 + line;
  return frame;
}

// `which` tells findings apart; two of one number are the same finding.
inline Finding race(unsigned which, std::uint64_t count = 1) {
  Finding finding;
  finding.kind = "data-race";
  finding.certainty = "observed";
  finding.severity = "error";
  finding.fingerprint = std::string(31, '0') + static_cast<char>('a' + which % 6);
  finding.message = "data race on `total` (8 bytes, global): written in add(), read in print()";
  finding.count = count;
  Side left, right;
  left.role = "write";
  left.task = {2, "", "thread", {frame_at("main", 30)}};
  left.stack = {frame_at("add()", 10 + which), frame_at("work()", 20)};
  left.size = 8;
  left.last_synchronization = SynchronizationRef{"lock `m`", {"/src/bank.cc", "add()", 9 + which, 5}};
  left.next_synchronization = SynchronizationRef{"unlock `m`", {"/src/bank.cc", "add()", 11 + which, 1}};
  right.role = "read";
  right.task = {1, "", "main", {}};
  right.stack = {frame_at("print()", 40 + which)};
  right.size = 8;
  finding.locations = {{"/src/bank.cc", "add()", 10 + which, 3}, {"/src/bank.cc", "print()", 40 + which, 3}};
  finding.sides = {left, right};
  finding.object = ObjectRef{"global", "total", "0x4010", 8, {}};
  finding.explanation = "Nothing orders the two.";
  return finding;
}

inline Finding note() {
  Finding finding = race(5);
  finding.kind = "unlock-by-other-task";
  finding.severity = "note";
  finding.fingerprint = std::string(32, '9');
  return finding;
}

inline RecordingSummary recording(const std::string& name, bool complete = true) {
  RecordingSummary summary;
  summary.path = name + ".tent";
  summary.id = "id of " + name;
  summary.program = "/src/bank";
  summary.complete = summary.conclusive = complete;
  summary.events = 100;
  summary.accesses = 50;
  summary.threads = 2;
  summary.end = complete ? "exited 0" : "signal 9";
  summary.instrumented_modules = {"/src/bank"};
  if (!complete) summary.notes = {"The program was killed."};
  AnalysisSummary hb{"hb", "promise", 3, 2, 0};
  summary.analyses = {hb};
  return summary;
}

inline Report report_of(std::vector<std::pair<RecordingSummary, std::vector<Finding>>> parts) {
  std::vector<RecordingSummary> recordings;
  std::vector<std::vector<Finding>> found;
  for (auto& [summary, findings] : parts) {
    recordings.push_back(std::move(summary));
    found.push_back(std::move(findings));
  }
  return join_recordings("1.2.3", std::move(recordings), std::move(found));
}

inline ReportDocument document_of(const Report& report) {
  Result<ReportDocument> document = read_report(text_of(json_of(report)), "report.json");
  return document ? std::move(*document) : ReportDocument();
}

}  // namespace tenter::analysis
