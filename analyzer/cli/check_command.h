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
#include "cli/outputs.h"
#include "report/report.h"
#include "symbolize/symbolizer_process.h"

namespace tenter::analysis {

// One of n parts of a recording's memory. Pages are dealt out to shards; each shard sees all synchronization.
struct Shard {
  std::uint32_t number = 1, of = 1;
  bool covers(std::uint64_t address, std::uint64_t size) const;
};

struct CheckOptions {
  std::vector<std::string> files;
  std::set<std::string> analyses;
  bool asked_to_predict = false;                 // by name, or by --deep: whoever did hears why there is none
  std::set<std::string> kinds;                   // empty: all
  std::uint32_t window = 20000;                  // of osr, in events; 0: none
  std::uint64_t memory_limit = 0;                // bytes; 0: none
  std::uint64_t held_limit_ns = 10'000'000'000;  // waits of lock holders that are shorter are not told of
  std::string suppressions_file;
  bool symbolize = true;
  SymbolizerProcess::Sources symbol_sources;
  bool verbose = false;
  Shard shard;
  unsigned jobs = 1;
  std::vector<Output> outputs;
  // Some output shows what happened around each finding, for which the run is looked at once more.
  bool wants_timelines() const {
    return std::ranges::any_of(outputs,
                               [](const Output& output) { return output.format->name != std::string_view("text"); });
  }
  OutputStyle style;
};

// The options as they are written, before they make sense.
struct CheckArguments {
  std::vector<std::string> files, formats, analyses, kinds, source_roots, debug_folders;
  std::string output, suppressions, shard, memory_limit, color = "auto";
  unsigned jobs = 1;
  std::uint32_t window = CheckOptions().window;
  double held_limit_s = static_cast<double>(CheckOptions().held_limit_ns) / 1e9;
  bool deep = false, list_analyses = false, no_symbolize = false, verbose = false, debuginfod = false,
       full_names = false;
};
void add_check_options(CLI::App& command, CheckArguments& arguments);
// Checks them and puts --memory-limit into force.
Result<CheckOptions> understand(const CheckArguments& arguments);

// As 2026-11-22, in universal time. Builds that are to be repeatable say the day themselves (SOURCE_DATE_EPOCH, see
// reproducible-builds.org).

struct CheckOutcome {
  Report report;
  std::vector<Error> unusable;  // one for each file that could not be read
  std::vector<std::string> warnings;
  std::vector<std::string> remarks;  // less urgent than warnings
};
Result<CheckOutcome> check_recordings(const CheckOptions& options);
// The exit status that an outcome earns, and the sentences that go with it on standard error.
int conclude(const CheckOutcome& outcome);

int run_check(const CheckArguments& arguments);

}  // namespace tenter::analysis
