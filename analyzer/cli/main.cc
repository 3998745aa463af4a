// The commands of `tenter`. Each has a file of its own; this one only knows their options.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <new>

#include <CLI/CLI.hpp>

#include "cli/check_command.h"
#include "cli/convert_command.h"
#include "cli/dump_command.h"
#include "cli/explain_command.h"
#include "cli/gate_command.h"
#include "cli/record_command.h"
#include "cli/say.h"
#include "cli/usage.h"

namespace tenter::analysis {
namespace {

constexpr std::array<const char*, 3> later_commands = {"explore", "replay", "lint"};

// Wherever memory ends, also where nobody catches: one sentence and the status that the table promises.
void memory_ended() {
  static constexpr char sentence[] =
      "tenter: out of memory: the analysis needs more than there is or --memory-limit allows; raise the limit, or "
      "check a part at a time with --shard I/N\n";
  [[maybe_unused]] const ssize_t ignored = ::write(2, sentence, sizeof sentence - 1);
  ::_exit(static_cast<int>(ExitCode::internal));
}

// What stands behind the first "--" belongs to the program that is run; nothing in it is an option of ours.
std::vector<std::string> take_command(std::vector<std::string>& arguments) {
  const auto mark = std::find(arguments.begin(), arguments.end(), "--");
  std::vector<std::string> command(mark == arguments.end() ? mark : mark + 1, arguments.end());
  arguments.erase(mark, arguments.end());
  return command;
}

int run_main(std::vector<std::string> arguments) {
  if (!arguments.empty() &&
      std::find(later_commands.begin(), later_commands.end(), arguments[0]) != later_commands.end())
    return fail({"`tenter " + arguments[0] + "` is not available in this version; `tenter --help` lists what is",
                 ExitCode::usage});

  CLI::App app(
      "Finds data races, deadlocks and left-behind tasks in C++ programs.\n"
      "Example: tenter-c++ -g app.cc -o app && tenter run -- ./app",
      "tenter");
  app.set_version_flag("--version", "tenter " TENTER_VERSION);
  app.require_subcommand(1);
  app.get_formatter()->column_width(36);
  // Commands inherit it.
  app.footer(
      "Exit status: 0 clean (notes alone are clean), 1 errors or warnings were found, 2 wrong usage,\n"
      "3 input unusable, 4 inconclusive (nothing found, but not all was seen), 5 internal or resource error.");

  CheckArguments check;
  CLI::App* check_command = app.add_subcommand(
      "check",
      "Analyse recordings and print what was found.\nExample: tenter check app.4711.tent --format json=report.json");
  check_command->add_option("files", check.files, "recordings (.tent) or RAPID's traces (.std, .data)")
      ->type_name("FILE");
  add_check_options(*check_command, check);

  RecordOptions record;
  CLI::App* record_command = app.add_subcommand(
      "record", "Run a program and record it.\nExample: tenter record -o app.tent -- ./app --port 8080");
  record_command->add_option("-o,--output", record.output, "the recording (PROG.PID.tent)")->type_name("FILE");

  record_command->add_flag("--summary", record.summary, "say at the end what was recorded (default: on a terminal)");

  RunArguments run;
  CLI::App* run_command = app.add_subcommand(
      "run",
      "Record a program, then check the recording.\nExample: tenter run --format json=report.json -- ./app_test");
  add_check_options(*run_command, run.check);
  run_command->add_option("--keep", run.keep, "keep the recording here")->type_name("FILE");
  run_command->add_option("--mode", run.mode, "how the program was built: record")->type_name("MODE");

  GateOptions gate;
  CLI::App* gate_command = app.add_subcommand(
      "gate", "Fail on findings that the baseline lacks.\nExample: tenter gate report.json --baseline known.json");
  gate_command->add_option("reports", gate.reports, "reports (--format json)")->type_name("REPORT.json")->required();
  gate_command->add_option("--baseline", gate.baseline, "findings that are there by agreement")->type_name("FILE");
  gate_command->add_flag("--update-baseline", gate.update_baseline, "write the reports' findings to the baseline");
  gate_command->add_flag("--allow-incomplete", gate.allow_incomplete, "pass although a recording is incomplete");

  MergeOptions merge;
  CLI::App* merge_command = app.add_subcommand(
      "merge", "Join reports, one finding per fingerprint.\nExample: tenter merge a.json b.json -o all.json");
  merge_command->add_option("reports", merge.reports, "reports (--format json)")->type_name("REPORT.json")->required();
  merge_command->add_option("-o,--output", merge.output, "where to write (standard output)")->type_name("PATH");

  DumpOptions dump;
  CLI::App* dump_command = app.add_subcommand(
      "dump", "Print a recording as text, one event a line.\nExample: tenter dump --stats app.4711.tent");
  add_dump_options(*dump_command, dump);

  ConvertOptions convert;
  CLI::App* convert_command = app.add_subcommand(
      "convert",
      "Write a recording as other tools read it.\nExample: tenter convert app.4711.tent --to std -o app.std");
  add_convert_options(*convert_command, convert);

  std::string kind;
  CLI::App* explain_command = app.add_subcommand(
      "explain",
      "Say what a kind of finding means, with a wrong and a right program.\nExample: tenter explain data-race");
  explain_command->add_option("kind", kind, "such as data-race")->type_name("KIND")->required();

  if (!arguments.empty() && !arguments[0].starts_with('-')) {
    std::vector<std::string> names;
    for (const CLI::App* one : app.get_subcommands([](const CLI::App*) { return true; }))
      names.push_back(one->get_name());
    if (std::find(names.begin(), names.end(), arguments[0]) == names.end())
      return fail({unknown_word("command", arguments[0], names), ExitCode::usage});
  }
  const bool takes_program = !arguments.empty() && (arguments[0] == "record" || arguments[0] == "run");
  const std::vector<std::string> command = takes_program ? take_command(arguments) : std::vector<std::string>();
  if (arguments.empty()) {
    std::cerr << app.help();
    return status_of(ExitCode::usage);
  }
  try {
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes a vector from its end
    app.parse(arguments);
  } catch (const CLI::CallForHelp& call) { return app.exit(call); } catch (const CLI::CallForVersion& call) {
    return app.exit(call);
  } catch (const CLI::ParseError& error) { return fail(wrong_usage(app, error)); }

  if (takes_program && command.empty() && !check.list_analyses && !run.check.list_analyses)
    return fail({"which program? Put it behind two dashes: tenter " + std::string(*record_command ? "record" : "run") +
                     " -- PROG ARGS",
                 ExitCode::usage});
  if (*check_command) {
    if (check.files.empty() && !check.list_analyses)
      return fail({"which recording? Give at least one: tenter check FILE.tent", ExitCode::usage});
    return run_check(check);
  }
  if (*record_command) {
    record.command = command;
    return run_record(record);
  }
  if (*run_command) {
    run.command = command;
    return run_run(run);
  }
  if (*gate_command) return run_gate(gate);
  if (*merge_command) return run_merge(merge);
  if (*dump_command) return run_dump(dump);
  if (*convert_command) return run_convert(convert);
  return run_explain(kind);
}

}  // namespace
}  // namespace tenter::analysis

int main(int argc, char** argv) {
  std::set_new_handler(tenter::analysis::memory_ended);
  // A reader that goes away is an error of a write, not our end.
  ::signal(SIGPIPE, SIG_IGN);
  try {
    return tenter::analysis::run_main({argv + 1, argv + argc});
  } catch (const std::bad_alloc&) { tenter::analysis::memory_ended(); } catch (const std::exception& error) {
    tenter::analysis::say(std::string("internal error: ") + error.what() + "; please report it with the recording");
  }
  return static_cast<int>(tenter::analysis::ExitCode::internal);
}
