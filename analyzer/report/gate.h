// The gate compares reports with a baseline: findings that are there by agreement. It never passes on missing evidence.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "report/merge_reports.h"

namespace tenter::analysis {

// What the gate needs of a finding, from a report or a baseline.
struct GateEntry {
  std::string fingerprint, kind, severity, message, place;  // place: "bank.cc:42"
};

struct GateVerdict {
  std::vector<GateEntry> fresh;         // errors and warnings that the baseline lacks
  std::vector<GateEntry> known;         // errors and warnings that it has
  std::vector<GateEntry> gone;          // baseline entries that no report shows
  std::vector<std::string> incomplete;  // recordings that prove nothing by their silence: path and why
};

GateVerdict compare(const ReportDocument& reports, const std::vector<GateEntry>& baseline);

// A baseline as text, and back. A report is a baseline too: its findings are what is agreed on.
std::string baseline_text(const std::vector<GateEntry>& entries, const std::string& version);
Result<std::vector<GateEntry>> read_baseline(std::string_view text, const std::string& source);

}  // namespace tenter::analysis
