// `tenter`: reads the command line and calls the command, each of which has a file of its own.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <new>

#include <CLI/CLI.hpp>

#include "cli/command_line.h"
#include "cli/completion_command.h"
#include "cli/explain_command.h"
#include "cli/launch.h"
#include "cli/say.h"
#include "cli/usage.h"

namespace tenter::analysis {
namespace {

constexpr std::array<const char*, 2> later_commands = {"explore", "replay"};

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

  CommandLine line;
  if (!arguments.empty() && !arguments[0].starts_with('-')) {
    std::vector<std::string> names;
    for (const CLI::App* one : commands_of(line.app)) names.push_back(one->get_name());
    if (std::find(names.begin(), names.end(), arguments[0]) == names.end())
      return fail({unknown_word("command", arguments[0], names), ExitCode::usage});
  }
  const bool takes_program = !arguments.empty() && (arguments[0] == "record" || arguments[0] == "run");
  if (!arguments.empty() && arguments[0] == "lint" &&
      std::find(arguments.begin(), arguments.end(), "--") != arguments.end()) {
    line.lint.own_arguments = true;
    line.lint.arguments = take_command(arguments);
  }
  const std::vector<std::string> command = takes_program ? take_command(arguments) : std::vector<std::string>();
  if (arguments.empty()) {
    std::cerr << line.app.help();
    return status_of(ExitCode::usage);
  }
  try {
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes a vector from its end
    line.app.parse(arguments);
  } catch (const CLI::CallForHelp& call) { return line.app.exit(call); } catch (const CLI::CallForVersion& call) {
    return line.app.exit(call);
  } catch (const CLI::ParseError& error) { return fail(wrong_usage(line.app, error)); }

  if (takes_program && command.empty() && !line.check.list_analyses && !line.run.check.list_analyses)
    return fail({"which program? Put it behind two dashes: tenter " +
                     std::string(*line.record_command ? "record" : "run") + " -- PROG ARGS",
                 ExitCode::usage});
  if (*line.check_command) {
    if (line.check.files.empty() && !line.check.list_analyses)
      return fail({"which recording? Give at least one: tenter check FILE.tent", ExitCode::usage});
    return run_check(line.check);
  }
  if (*line.record_command) {
    line.record.command = command;
    return run_record(line.record);
  }
  if (*line.run_command) {
    line.run.command = command;
    return run_run(line.run);
  }
  if (*line.gate_command) return run_gate(line.gate);
  if (*line.merge_command) return run_merge(line.merge);
  if (*line.dump_command) return run_dump(line.dump);
  if (*line.convert_command) return run_convert(line.convert);
  if (*line.lint_command) return run_lint(line.lint);
  if (*line.explain_command) return run_explain(line.kind);
  if (*line.completion_command) return run_completion(line.app, line.shell);
  return run_manual(line.app, line.manual);
}

}  // namespace
}  // namespace tenter::analysis

int main(int argc, char** argv) {
  std::set_new_handler(tenter::analysis::memory_ended);
  tenter::analysis::outlive_failed_writes();
  try {
    return tenter::analysis::run_main({argv + 1, argv + argc});
  } catch (const std::bad_alloc&) { tenter::analysis::memory_ended(); } catch (const std::exception& error) {
    tenter::analysis::say(std::string("internal error: ") + error.what() + "; please report it with the recording");
  }
  return static_cast<int>(tenter::analysis::ExitCode::internal);
}
