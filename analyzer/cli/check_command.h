// `tenter check FILE...`: recordings in, findings out.
#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/result.h"
#include "check/check_recording.h"
#include "cli/outputs.h"
#include "report/report.h"

namespace tenter::analysis {

struct CheckOptions : CheckSettings {
  std::vector<std::string> files;
  std::set<std::string> kinds;  // empty: all
  std::string suppressions_file;
  bool verbose = false;
  unsigned jobs = 0;  // threads; 0: not said
  std::vector<Output> outputs;
  OutputStyle style;
};

// The options as they are written, before they make sense.
struct CheckArguments {
  std::vector<std::string> files, formats, analyses, kinds, source_roots, debug_folders;
  std::string output, suppressions, shard, memory_limit, color = "auto";
  unsigned jobs = 0;  // 0: not said
  std::uint32_t window = CheckOptions().window;
  double held_limit_s = static_cast<double>(CheckOptions().held_limit_ns) / 1e9;
  bool deep = false, list_analyses = false, no_symbolize = false, verbose = false, debuginfod = false,
       full_names = false;
};
void add_check_options(CLI::App& command, CheckArguments& arguments);
// Checks them and puts --memory-limit into force.
Result<CheckOptions> understand(const CheckArguments& arguments);

struct CheckOutcome {
  Report report;
  std::vector<Error> unusable;  // one for each file that could not be read
  std::vector<std::string> warnings;
  std::vector<std::string> remarks;  // less urgent than warnings
};
Result<CheckOutcome> check_recordings(CheckOptions options);
// The exit status that an outcome earns, and the sentences that go with it on standard error.
int conclude(const CheckOutcome& outcome);

int run_check(const CheckArguments& arguments);

}  // namespace tenter::analysis
