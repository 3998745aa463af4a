// `tenter gate REPORT.json...` and `tenter merge REPORT.json...`.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace tenter::analysis {

struct GateOptions {
  std::vector<std::string> reports;
  std::string baseline, output;
  std::vector<std::string> formats;
  std::string fail_on = "warning";            // the least severity that closes the gate
  std::vector<std::string> required_modules;  // file names, each of which some recording must tell as instrumented
  std::uint64_t min_events = 1;               // of all recordings together
  bool update_baseline = false, allow_incomplete = false;
};
int run_gate(const GateOptions& options);

struct MergeOptions {
  std::vector<std::string> reports;
  std::vector<std::string> formats;
  std::string output;
};
int run_merge(const MergeOptions& options);

}  // namespace tenter::analysis
