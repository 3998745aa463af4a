// `tenter dump FILE`: the recording as text, one event a line, in the order in which the analyzer sees them; or,
// with --stats, what it holds in all. Everything that comes from the recording is escaped.
#pragma once
#include <string>

#include <CLI/CLI.hpp>

namespace tenter::analysis {

struct DumpOptions {
  std::string file;
  bool stats = false;
  bool symbolize = false;  // functions and lines instead of module+offset
};

void add_dump_options(CLI::App& command, DumpOptions& options);

// Writes to standard output; what is wrong with the recording goes to standard error. Returns the exit status.
int run_dump(const DumpOptions& options);

}  // namespace tenter::analysis
