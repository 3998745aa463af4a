// The gate compares reports with a baseline: findings that are there by agreement. It never passes on missing evidence.
#pragma once
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "report/merge_reports.h"

namespace tenter::analysis {

// What the gate needs of a finding, from a report or a baseline.
struct GateEntry {
  std::string fingerprint, kind, severity, message, place;  // place: "bank.cc:42"
  std::string weak_fingerprint = {};                        // empty where there is none
};

// What is there by agreement.
struct Baseline {
  std::vector<GateEntry> entries;
  std::set<std::string> programs;  // "build/bank", whose reports it was made of; empty: not known
};

// A finding that the baseline has under another fingerprint, but with the same functions and the same variable.
struct MovedEntry {
  GateEntry now, before;
};

// A finding that a rule of a suppression file took out.
struct SuppressedEntry {
  GateEntry entry;
  std::string rule;  // "races.supp:3: race:third_party/*"
};

struct GateVerdict {
  std::vector<GateEntry> fresh;  // of the severity that counts, and not in the baseline
  std::vector<GateEntry> known;  // of that severity, and in it
  std::vector<MovedEntry>
      moved;  // of that severity, and in it by the weak fingerprint; each entry stands for one finding
  std::vector<GateEntry> gone;     // baseline entries that no report shows, although it looked for their kind
  std::vector<GateEntry> unasked;  // baseline entries of kinds that no report looked for
  std::vector<SuppressedEntry> suppressed;
  std::vector<std::string> unused;   // rules that took out nothing, in no report
  std::vector<std::string> expired;  // rules whose day has come
  std::vector<std::string>
      incomplete;                  // why silence proves nothing: a recording and its trouble, or a rule that is not met
  std::set<std::string> programs;  // of the reports, as in Baseline
  // The baseline is somebody else's: it was made of programs of other names in other folders, and nothing that it holds
  // was found.
  bool of_other_programs = false;
};

// What a gate asks beyond that.
struct GateRules {
  std::string fail_on = "warning";            // findings below this severity close nothing: error, warning, note
  std::vector<std::string> required_modules;  // file names of modules that some recording must tell as instrumented
  std::uint64_t min_events = 1;               // of all recordings together
};

GateVerdict compare(const ReportDocument& reports, const Baseline& baseline, const GateRules& rules = {});

// A baseline as text, and back. A report is a baseline too: its findings are what is agreed on.
std::string baseline_text(const Baseline& baseline, const std::string& version);
Result<Baseline> read_baseline(std::string_view text, const std::string& source);

}  // namespace tenter::analysis
