#include "cli/command_line.h"

#include "check/analyses.h"
#include "cli/completion_command.h"
#include "finding/rank.h"
#include "report/finding_pages.h"
#include "report/formats.h"

namespace tenter::analysis {
namespace {

constexpr std::string_view example_mark = "\nExample: ";

}  // namespace

CommandLine::CommandLine()
    : app("Finds data races, deadlocks and left-behind tasks in C++ programs.\n"
          "Example: tenter-c++ -g app.cc -o app && tenter run -- ./app",
          "tenter") {
  app.set_version_flag("--version", "tenter " TENTER_VERSION);
  app.require_subcommand(1);
  app.get_formatter()->column_width(36);
  // Commands inherit it.
  app.footer(
      "Exit status: 0 clean (notes alone are clean), 1 errors or warnings were found, 2 wrong usage,\n"
      "3 input unusable, 4 inconclusive (nothing found, but not all was seen), 5 internal or resource error.");

  check_command = app.add_subcommand(
      "check",
      "Analyse recordings and print what was found.\nExample: tenter check app.4711.tent --format json=report.json");
  check_command->add_option("files", check.files, "recordings (.tent) or RAPID's traces (.std, .data)")
      ->type_name("FILE");
  add_check_options(*check_command, check);

  record_command = app.add_subcommand(
      "record", "Run a program and record it.\nExample: tenter record -o app.tent -- ./app --port 8080");
  record_command->add_option("-o,--output", record.output, "the recording (PROG.PID.tent)")->type_name("FILE");

  record_command->add_flag("--summary", record.summary, "say at the end what was recorded (default: on a terminal)");

  run_command = app.add_subcommand(
      "run",
      "Record a program, then check the recording.\nExample: tenter run --format json=report.json -- ./app_test");
  add_check_options(*run_command, run.check);
  run_command->add_option("--keep", run.keep, "keep the recording here")->type_name("FILE");
  run_command->add_option("--mode", run.mode, "how the program was built: record, tsan")->type_name("MODE");

  gate_command = app.add_subcommand(
      "gate", "Fail on findings that the baseline lacks.\nExample: tenter gate report.json --baseline known.json");
  gate_command->add_option("reports", gate.reports, "reports (--format json)")->type_name("REPORT.json")->required();
  gate_command->add_option("--baseline", gate.baseline, "findings that are there by agreement")->type_name("FILE");
  gate_command->add_flag("--update-baseline", gate.update_baseline, "write the reports' findings to the baseline");
  gate_command->add_flag("--allow-incomplete", gate.allow_incomplete, "pass although a recording is incomplete");
  gate_command->add_option("--fail-on", gate.fail_on, "the least severity that fails: error, warning or note")
      ->check(CLI::IsMember({"error", "warning", "note"}))
      ->type_name("SEVERITY");
  gate_command->add_option("--require-module", gate.required_modules, "a module that must have been instrumented")
      ->type_name("NAME")
      ->allow_extra_args(false);
  gate_command->add_option("--min-events", gate.min_events, "the events that all recordings must hold together")
      ->type_name("N");
  add_format_option(*gate_command, gate.formats);
  gate_command->add_option("-o,--output", gate.output, "write the report to this file")->type_name("PATH");

  merge_command = app.add_subcommand(
      "merge", "Join reports, one finding per fingerprint.\nExample: tenter merge a.json b.json -o all.json");
  merge_command->add_option("reports", merge.reports, "reports (--format json)")->type_name("REPORT.json")->required();
  add_format_option(*merge_command, merge.formats);
  merge_command->add_option("-o,--output", merge.output, "where to write (standard output)")->type_name("PATH");

  dump_command = app.add_subcommand(
      "dump", "Print a recording as text, one event a line.\nExample: tenter dump --stats app.4711.tent");
  add_dump_options(*dump_command, dump);

  convert_command = app.add_subcommand(
      "convert",
      "Write a recording as other tools read it.\nExample: tenter convert app.4711.tent --to std -o app.std");
  add_convert_options(*convert_command, convert);

  lint_command = app.add_subcommand(
      "lint",
      "Check sources for misuse of channels, tasks and locks.\nExample: tenter lint -p build --checks='-*,chan-*'");
  add_lint_options(*lint_command, lint);

  explain_command = app.add_subcommand(
      "explain",
      "Say what a kind of finding means, with a wrong and a right program.\nExample: tenter explain data-race");
  explain_command->add_option("kind", kind, "such as data-race")->type_name("KIND")->required();

  completion_command = app.add_subcommand(
      "completion", "Print a shell's completions of these commands.\nExample: source <(tenter completion bash)");
  completion_command->add_option("shell", shell, "bash, zsh or fish")->type_name("SHELL")->required();

  manual_command =
      app.add_subcommand("manual", "Print a command's manual page.\nExample: tenter manual check | man -l -");
  manual_command->add_option("command", manual.command, "which; this tool's own page if none")->type_name("COMMAND");
  manual_command->add_option("--into", manual.folder, "write all pages into this folder")->type_name("DIR");
}

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::string summary_of(const CLI::App& command) {
  const std::string text = command.get_description();
  return text.substr(0, text.find(example_mark));
}

std::string example_of(const CLI::App& command) {
  const std::string text = command.get_description();
  const auto mark = text.find(example_mark);
  return mark == std::string::npos ? std::string() : text.substr(mark + example_mark.size());
}

std::vector<std::string> values_of(const CLI::App& tool, const CLI::Option& option) {
  const std::string name = option.get_lnames().empty() ? option.get_name() : option.get_lnames().front();
  std::vector<std::string> words;
  if (name == "format") {
    for (const Format& format : formats()) words.emplace_back(format.name);
  } else if (name == "kinds" || name == "checks") {
    for (const std::string& kind : known_kinds())
      if (is_lint_kind(kind) == (name == "checks")) words.push_back(kind);
  } else if (name == "analysis") {
    words = names_of_analyses();
  } else if (name == "kind") {
    for (const FindingPage& page : finding_pages()) words.emplace_back(page.kind);
  } else if (name == "to") {
    words = targets_of_convert();
  } else if (name == "color") {
    words = {"auto", "always", "never"};
  } else if (name == "fail-on") {
    words = {"error", "warning", "note"};
  } else if (name == "mode") {
    words = {"record", "tsan"};
  } else if (name == "shell") {
    words = shells();
  } else if (name == "command") {
    for (const CLI::App* command : commands_of(tool)) words.push_back(command->get_name());
  }
  return words;
}

std::string type_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  return type.substr(0, type.find(':'));
}

bool takes_file(const CLI::Option& option) {
  const std::string type = type_of(option);
  return type == "FILE" || type == "PATH" || type == "OUT" || type == "REPORT.json";
}

bool takes_folder(const CLI::Option& option) { return type_of(option) == "DIR"; }

}  // namespace tenter::analysis
