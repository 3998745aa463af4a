// `tenter gate REPORT.json...` and `tenter merge REPORT.json...`.
#pragma once
#include <string>
#include <vector>

namespace tenter::analysis {

struct GateOptions {
  std::vector<std::string> reports;
  std::string baseline;
  bool update_baseline = false, allow_incomplete = false;
};
int run_gate(const GateOptions& options);

struct MergeOptions {
  std::vector<std::string> reports;
  std::string output;
};
int run_merge(const MergeOptions& options);

}  // namespace tenter::analysis
