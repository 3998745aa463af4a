// `tenter manual [COMMAND]`: manual pages, in the man(7) macros of roff, made of the same options as the help.
#pragma once
#include <string>

#include <CLI/CLI.hpp>

namespace tenter::analysis {

struct ManualOptions {
  std::string command;  // empty: the tool's own page
  std::string folder;   // all pages into it; empty: one page to standard output
};
int run_manual(const CLI::App& tool, const ManualOptions& options);

}  // namespace tenter::analysis
