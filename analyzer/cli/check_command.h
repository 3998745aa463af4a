// `tenter check FILE...`: recordings in, findings out.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/result.h"
#include "report/report.h"
#include "report/source_lines.h"

namespace tenter::analysis {

// One of n parts of a recording's memory. Pages are dealt out to shards; each shard sees all synchronization.
struct Shard {
  std::uint32_t number = 1, of = 1;
  bool covers(std::uint64_t address, std::uint64_t size) const;
};

struct CheckOptions {
  std::vector<std::string> files;
  std::set<std::string> analyses;
  bool asked_to_predict = false;   // by name, or by --deep: whoever did hears why there is none
  std::set<std::string> kinds;     // empty: all
  std::uint32_t window = 20000;    // of osr, in events; 0: none
  std::uint64_t memory_limit = 0;  // bytes; 0: none
  std::string suppressions_file;
  bool symbolize = true;
  bool verbose = false;
  Shard shard;
  unsigned jobs = 1;
  std::vector<SourceRoot> source_roots;
  // Where each format goes; "-" is standard output.
  struct Output {
    std::string format, path;
  };
  std::vector<Output> outputs;
  std::string color = "auto";
};

// The options as they are written, before they make sense.
struct CheckArguments {
  std::vector<std::string> files, formats, analyses, kinds, source_roots;
  std::string output, suppressions, shard, memory_limit, color = "auto";
  unsigned jobs = 1;
  std::uint32_t window = CheckOptions().window;
  bool deep = false, list_analyses = false, no_symbolize = false, verbose = false;
};
void add_check_options(CLI::App& command, CheckArguments& arguments);
// Checks them and puts --memory-limit into force.
Result<CheckOptions> understand(const CheckArguments& arguments);

struct CheckOutcome {
  Report report;
  std::vector<Error> unusable;       // one for each file that could not be read
  std::vector<std::string> remarks;  // for --verbose
};
Result<CheckOutcome> check_recordings(const CheckOptions& options);
// Writes the report to all outputs.
Result<bool> write_outputs(const Report& report, const CheckOptions& options);
// The exit status that an outcome earns, and the sentences that go with it on standard error.
int conclude(const CheckOutcome& outcome);

int run_check(const CheckArguments& arguments);

}  // namespace tenter::analysis
