#include "cli/lint_command.h"

#include <sys/wait.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <thread>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/check_files.h"
#include "cli/files.h"
#include "cli/lint_link.h"
#include "cli/lint_tool.h"
#include "cli/say.h"
#include "finding/fingerprint.h"
#include "finding/function_name.h"

namespace tenter::analysis {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// The files that a compile_commands.json names, absolute and sorted.
Result<std::vector<std::string>> files_of(const std::string& commands) {
  const Result<std::string> text = read_text_file(commands);
  if (!text) return text.error();
  const Json document = Json::parse(*text, nullptr, /*allow_exceptions=*/false);
  std::vector<std::string> files;
  bool sound = document.is_array();
  if (sound)
    for (const Json& entry : document) {
      sound &= entry.is_object() && entry.contains("file") && entry["file"].is_string();
      if (!sound) break;
      const std::string folder = entry.value("directory", std::string("."));
      files.push_back((fs::path(folder) / entry["file"].get<std::string>()).lexically_normal().string());
    }
  if (!sound)
    return Error{commands +
                 " is no list of compile commands; CMake writes one with -DCMAKE_EXPORT_COMPILE_COMMANDS=ON"};
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

// What is to be checked, and the folder of its commands; no folder: the user gave the arguments.
struct Work {
  std::vector<std::string> files;
  std::string folder;
};

Result<Work> plan(const LintArguments& arguments) {
  Work work;
  const auto absolute = [](const std::string& file) { return fs::absolute(file).lexically_normal().string(); };
  if (arguments.own_arguments) {
    if (arguments.files.empty())
      return Error{"which file? Write tenter lint FILE... -- COMPILER-ARGUMENTS", ExitCode::usage};
    for (const std::string& file : arguments.files) {
      if (!exists(file)) return Error{file + " does not exist; name a source file that does"};
      work.files.push_back(absolute(file));
    }
    return work;
  }
  for (const std::string& folder : arguments.commands.empty() ? std::vector<std::string>{".", "build"}
                                                              : std::vector<std::string>{arguments.commands})
    if (work.folder.empty() && exists(folder + "/compile_commands.json")) work.folder = folder;
  if (work.folder.empty())
    return Error{(arguments.commands.empty() ? std::string("neither . nor build") : arguments.commands) +
                 (arguments.commands.empty() ? " has a compile_commands.json" : " has no compile_commands.json") +
                 "; name its folder with -p DIR, or give the compiler's arguments behind two dashes"};
  const Result<std::vector<std::string>> all = files_of(work.folder + "/compile_commands.json");
  if (!all) return all.error();
  if (arguments.files.empty()) {
    work.files = *all;
    return work;
  }
  for (const std::string& file : arguments.files) {
    const std::string wanted = absolute(file);
    const std::size_t before = work.files.size();
    for (const std::string& known : *all)
      if (known == wanted || known.starts_with(wanted.ends_with('/') ? wanted : wanted + '/'))
        work.files.push_back(known);
    if (work.files.size() == before)
      return Error{work.folder + "/compile_commands.json has no command for " + file +
                   "; give the compiler's arguments behind two dashes"};
  }
  return work;
}

Frame frame_of(const Json& place, const std::string& function) {
  Frame frame;
  frame.function = function;
  frame.file = place.value("file", std::string());
  frame.line = place.value("line", 0U);
  frame.column = place.value("column", 0U);
  return frame;
}

Finding finding_of(const Json& told) {
  Finding finding;
  finding.kind = told.value("check", std::string());
  // No run has shown it.
  finding.certainty = "predicted";
  const bool certain = told.value("certain", true);
  finding.severity = certain ? "warning" : "note";
  finding.message = (certain ? "" : "possibly, ") + told.value("text", std::string());
  const std::string function = told.value("function", std::string());
  const auto add = [&](const Json& place, const std::string& role) {
    Side side;
    side.role = role;
    side.task.kind = "source";
    side.stack.push_back(frame_of(place, function));
    const Frame& frame = side.stack.back();
    finding.locations.push_back({frame.file, frame.function, frame.line, frame.column});
    finding.sides.push_back(std::move(side));
  };
  add(told, "here");
  finding.explanation = certain ? "Every path that comes here is like this, or must come here."
                                : "Some path that comes here is like this, if the program's conditions allow it.";
  for (const Json& note : told.value("notes", Json::array())) add(note, note.value("text", std::string()));
  const Frame& first = finding.sides.front().stack.front();
  finding.fingerprint = fingerprint(finding.kind, told.value("object", std::string()),
                                    {short_function(first.function) + '@' + file_name(first.file)});
  finding.weak_fingerprint = weak_fingerprint(finding);
  return finding;
}

Result<Checked> check_file(const std::string& tool, const std::string& file, const Work& work,
                           const LintArguments& arguments, const std::vector<std::string>& further_options) {
  std::vector<std::string> command = {tool};
  command.insert(command.end(), further_options.begin(), further_options.end());
  if (!arguments.checks.empty()) command.push_back("--checks=" + arguments.checks);
  if (work.folder.empty()) {
    command.insert(command.end(), {"--args", file});
    command.insert(command.end(), arguments.arguments.begin(), arguments.arguments.end());
  } else {
    command.insert(command.end(), {"-p", work.folder, file});
  }
  const Result<LintToolOutput> output = run_lint_tool(command);
  if (!output) return output.error();

  Checked checked;
  checked.summary.path = file;
  checked.summary.source = true;
  checked.summary.end = "read";
  if (WIFSIGNALED(output->status)) {
    checked.summary.notes.push_back("clang broke down on it, by signal " + std::to_string(WTERMSIG(output->status)));
    return checked;
  }
  const Result<Json> answer = lint_tool_answer(*output, file);
  if (!answer) return answer.error();
  const Json& told = *answer;
  for (const Json& kind : told.value("narrowed_to", Json::array()))
    checked.summary.kinds.push_back(kind.get<std::string>());
  for (const Json& one : told["findings"]) checked.findings.push_back(finding_of(one));
  const unsigned errors = told.value("errors", 0U);
  checked.summary.complete = checked.summary.conclusive = errors == 0;
  if (errors != 0)
    checked.summary.notes.push_back("it does not compile: " + told.value("first_error", std::string()) +
                                    (errors > 1 ? " (and " + std::to_string(errors - 1) + " more)" : ""));
  return checked;
}

int list_checks(const std::string& tool) {
  const Result<LintToolOutput> output = run_lint_tool({tool, "--list-checks"});
  if (!output) return fail(output.error());
  const Result<bool> written = write_to_stdout(output->text);
  return written ? status_of(ExitCode::clean) : fail(written.error());
}

}  // namespace

void add_lint_options(CLI::App& command, LintArguments& arguments) {
  command.add_option("files", arguments.files, "sources or folders of them (default: all that the commands name)")
      ->type_name("FILE");
  command.add_option("-p", arguments.commands, "the folder with compile_commands.json (default: . or build)")
      ->type_name("DIR");
  command
      .add_option("--checks", arguments.checks,
                  "changes the set: `-chan-nil-op` leaves one out, `-*,lock-*` shows these only, `possible` more")
      ->type_name("LIST");
  command.add_flag("--list-checks", arguments.list_checks, "say what each check finds");
  command.add_flag("--single-unit", arguments.single_unit,
                   "check each file by itself: quicker, and what is in other files stays unknown");
  command.add_flag("--whole-program", arguments.whole_program,
                   "these files are all of the program: say also what none of them does");
  command
      .add_option("--summaries-out", arguments.summaries_out,
                  "keep what each file tells of its functions here; program.json has all of them, for other tools")
      ->type_name("DIR");
  command
      .add_option("--summaries-in", arguments.summaries_in,
                  "take what a library's files told of its functions (may be given several times)")
      ->type_name("FILE")
      ->allow_extra_args(false);
  CheckArguments& output = arguments.output;
  add_format_option(command, output.formats);
  command.add_option("-o,--output", output.output, "write the report to this file")->type_name("PATH");
  command.add_option("--suppressions", output.suppressions, "leave out findings that match a rule `kind:pattern`")
      ->type_name("FILE");
  output.jobs = std::max(1U, std::thread::hardware_concurrency());
  command.add_option("--jobs,-j", output.jobs, "so many files at a time (default: one for each processor)")
      ->type_name("N")
      ->check(CLI::Range(1u, 256u));
  command.add_option("--color", output.color, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  command.add_flag("-v,--verbose", output.verbose,
                   "name the suppressions that matched nothing, and say what reading files again has cost");
}

int run_lint(const LintArguments& arguments) {
  const Result<std::string> tool = find_lint_tool();
  if (!tool) return fail(tool.error());
  if (arguments.list_checks) return list_checks(*tool);
  const Result<CheckOptions> options = understand(arguments.output);
  if (!options) return fail(options.error());
  if (arguments.single_unit && (arguments.whole_program || !arguments.summaries_out.empty()))
    return fail({"--single-unit looks at no other file; leave it out with --whole-program and --summaries-out",
                 ExitCode::usage});
  const Result<Work> work = plan(arguments);
  if (!work) return fail(work.error());

  const LintReading read = [&](const std::string& file, const std::vector<std::string>& further_options) {
    return check_file(*tool, file, *work, arguments, further_options);
  };
  std::optional<LinkedFiles> linked;
  if (!arguments.single_unit) {
    Result<LinkedFiles> done = read_linked(*tool, work->files, arguments, read, finding_of);
    if (!done) return fail(done.error());
    linked = std::move(*done);
  }
  std::vector<std::string> summaries;
  for (const std::string& each : arguments.summaries_in) summaries.push_back("--summary-in=" + each);
  Result<CheckOutcome> outcome = check_files(work->files, *options, options->jobs, [&](const std::string& file) {
    return linked ? linked->results.at(file) : read(file, summaries);
  });
  if (!outcome) return fail(outcome.error());
  if (linked) outcome->remarks.insert(outcome->remarks.end(), linked->remarks.begin(), linked->remarks.end());
  // What is wrong with the command line is wrong for all files.
  for (const Error& error : outcome->unusable)
    if (error.exit_code == ExitCode::usage) return fail(error);
  if (const Result<bool> written = write_outputs(outcome->report, options->outputs, options->style); !written)
    return written.error().sentence.empty() ? status_of(ExitCode::internal) : fail(written.error());
  return conclude(*outcome);
}

}  // namespace tenter::analysis
