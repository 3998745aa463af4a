// Report is all that a format needs to know: plain data. Its fields are those of docs/report-schema.json.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "finding/finding.h"
#include "finding/suppressions.h"

namespace tenter::analysis {

struct AnalysisSummary {
  std::string name;     // hb, deadlock, ...
  std::string promise;  // what its findings mean and what it may miss, in one sentence
  std::uint64_t racy_events = 0, racy_places = 0, deadlocks = 0;
};

struct RecordingSummary {
  std::string path, id, program;  // id: of the recording's bytes, so that a copy is the same recording
  bool complete = false;
  bool source = false;      // a source file that `tenter lint` read, and nothing that ran
  bool conclusive = false;  // nothing found means nothing was there to find in this run
  std::uint64_t lost_events = 0, tasks = 0, threads = 0, events = 0, accesses = 0;
  std::uint64_t suppressed = 0;  // findings that the user's rules took out
  std::string end;
  std::vector<std::string> instrumented_modules;
  std::vector<std::string> shards;  // "2/5": of five parts of the memory the second was looked at; empty: all were
  std::vector<std::string> kinds;   // of findings that were asked for; empty: all
  std::vector<std::string> notes;   // what is lost or missing, one sentence each
  std::vector<AnalysisSummary> analyses;  // of this recording alone
};

struct Report {
  std::string version;  // of the tool
  std::vector<RecordingSummary> recordings;
  std::vector<AnalysisSummary> analyses;
  std::vector<Finding> findings;             // as merge_duplicates() orders them
  std::vector<SuppressionUse> suppressions;  // by file and line; what they took out is not among the findings
  // counts[i][r]: how often finding i was seen in recording r; empty when there is one recording.
  std::vector<std::vector<std::uint64_t>> counts;
};

// Where an analysis stands in a report: as on the command line's list; what is not on it comes last.
int analysis_rank(const std::string& name);

// What each analysis adds up to over all recordings.
std::vector<AnalysisSummary> sum_analyses(const std::vector<RecordingSummary>& recordings);

// What tells recordings apart: the id, else the path.
std::string recording_key(const RecordingSummary& recording);

// Puts the findings of several recordings into one report: one finding per fingerprint. found[r] belongs to
// recordings[r]. Recordings come sorted by path, and one that was given twice counts once.
Report join_recordings(std::string version, std::vector<RecordingSummary> recordings,
                       std::vector<std::vector<Finding>> found);

}  // namespace tenter::analysis
