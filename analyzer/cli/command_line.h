// The options of all commands, in one tree: the parser, the help, the manual pages and the completions of shells are made of it.
//
//   CommandLine line;
//   line.app.parse(arguments);
//   if (*line.check_command) return run_check(line.check);
#pragma once
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/check_command.h"
#include "cli/convert_command.h"
#include "cli/dump_command.h"
#include "cli/gate_command.h"
#include "cli/lint_command.h"
#include "cli/manual_command.h"
#include "cli/record_command.h"

namespace tenter::analysis {

class CommandLine {
 public:
  CommandLine();
  // The parser holds addresses of the fields.
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  CLI::App app;
  CheckArguments check;
  RecordOptions record;
  RunArguments run;
  GateOptions gate;
  MergeOptions merge;
  DumpOptions dump;
  ConvertOptions convert;
  LintArguments lint;
  ManualOptions manual;
  std::string kind;   // of explain
  std::string shell;  // of completion

  CLI::App* check_command;
  CLI::App* record_command;
  CLI::App* run_command;
  CLI::App* gate_command;
  CLI::App* merge_command;
  CLI::App* dump_command;
  CLI::App* convert_command;
  CLI::App* lint_command;
  CLI::App* explain_command;
  CLI::App* completion_command;
  CLI::App* manual_command;
};

// The commands of the tree, in the order in which help lists them.
std::vector<const CLI::App*> commands_of(const CLI::App& app);
// What a command does, and its example, without the words around it.
std::string summary_of(const CLI::App& command);
std::string example_of(const CLI::App& command);

// The words that an option or an argument takes, where there is a list of them; empty where it takes anything.
std::vector<std::string> values_of(const CLI::App& tool, const CLI::Option& option);
// What it takes, as "FILE": without the values that CLI11 writes behind it.
std::string type_of(const CLI::Option& option);
// Does it take the path of a file or a folder?
bool takes_file(const CLI::Option& option);
bool takes_folder(const CLI::Option& option);

}  // namespace tenter::analysis
