// `tenter lint`: the static checks over the files of a compile_commands.json, or over files with their own arguments.
//
// The checks need clang, and this tool does not: it starts lib/tenterhook/tenter-lint, once for each file and several at a
// time, so that a file on which clang breaks down costs only itself.
#pragma once
#include <string>
#include <vector>

#include "cli/check_command.h"

namespace tenter::analysis {

struct LintArguments {
  CheckArguments output;               // formats, suppressions, jobs, color
  std::vector<std::string> files;      // or folders; empty: all that the commands name
  std::string commands;                // the folder with compile_commands.json; empty: here, or in build/
  std::string checks;                  // as Selection of lint/finding.h reads them
  std::vector<std::string> arguments;  // of the compiler, behind "--"
  bool own_arguments = false;          // there was a "--"
  bool list_checks = false;
  bool single_unit = false;               // no link step
  bool whole_program = false;             // the files are all that there are
  std::string summaries_out;              // a folder; empty: nobody wants them
  std::vector<std::string> summaries_in;  // files
};
void add_lint_options(CLI::App& command, LintArguments& arguments);

int run_lint(const LintArguments& arguments);

}  // namespace tenter::analysis
