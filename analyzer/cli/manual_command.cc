#include "cli/manual_command.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include "cli/command_line.h"
#include "cli/files.h"
#include "cli/say.h"
#include "cli/usage.h"
#include "report/formats.h"

namespace tenter::analysis {
namespace {

// Text in roff: neither a request at the start of a line, nor an escape, nor a hyphen where a minus is meant.
std::string roff(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) out += "\\&";
    if (c == '\\') out += "\\e";
    else if (c == '-') out += "\\-";
    else if (c == '`') out += "\\(ga";
    else if (c == '\'') out += "\\(aq";
    else if (c == '^') out += "\\(ha";
    else if (c == '~') out += "\\(ti";
    else out += c;
  }
  return out;
}

std::string bold(const std::string& text) { return "\\fB" + roff(text) + "\\fR"; }
std::string italic(const std::string& text) { return "\\fI" + roff(text) + "\\fR"; }
std::string section(const std::string& name) { return ".SH " + name + '\n'; }

// As in the help, with a stop behind it.
std::string sentence(const std::string& text) {
  return roff(text) + (text.ends_with('.') || text.ends_with('?') ? "" : ".");
}

std::string page_name(const CLI::App& tool, const CLI::App* command) {
  return command == nullptr ? tool.get_name() : tool.get_name() + '-' + command->get_name();
}

std::string entry(const CLI::App& tool, const CLI::Option& option) {
  std::string head;
  for (const std::string& name : option.get_snames()) head += (head.empty() ? "" : ", ") + bold('-' + name);
  for (const std::string& name : option.get_lnames()) head += (head.empty() ? "" : ", ") + bold("--" + name);
  if (head.empty()) head = italic(type_of(option));
  else if (option.get_items_expected_max() != 0) head += ' ' + italic(type_of(option));
  const std::string told = option.get_description();
  std::string text = ".TP\n" + head + '\n' + sentence(told) + '\n';
  const std::vector<std::string> values = values_of(tool, option);
  const bool of_formats = !option.get_lnames().empty() && option.get_lnames().front() == "format";
  if (of_formats) {
    text += ".RS\n";
    for (const Format& format : formats()) text += ".TP\n" + bold(format.name) + '\n' + sentence(format.tells) + '\n';
    text += ".RE\n";
  } else if (!std::ranges::all_of(values,
                                  [&](const std::string& value) { return told.find(value) != std::string::npos; })) {
    text += "One of";
    for (std::size_t i = 0; i < values.size(); ++i)
      text += (i == 0 ? " " : i + 1 < values.size() ? ",\n" : " or\n") + bold(values[i]);
    text += ".\n";
  }
  return text;
}

std::string synopsis(const CLI::App& tool, const CLI::App* command) {
  if (command == nullptr) return bold(tool.get_name()) + ' ' + italic("COMMAND") + " [" + italic("OPTION") + " ...]\n";
  std::string text = bold(tool.get_name() + ' ' + command->get_name()) + " [" + italic("OPTION") + " ...]";
  for (const CLI::Option* option : command->get_options()) {
    if (!option->get_positional()) continue;
    const std::string what = italic(type_of(*option)) + (option->get_expected_max() > 1 ? " ..." : "");
    text += ' ' + (option->get_required() ? what : '[' + what + ']');
  }
  const bool runs = command->get_name() == "record" || command->get_name() == "run";
  return text + (runs ? " " + bold("--") + ' ' + italic("PROG") + " [" + italic("ARG") + " ...]" : "") + '\n';
}

// "0 clean, 1 ..., 2 ..." of the footer, an entry each.
std::string exit_status() {
  static constexpr struct {
    const char *code, *means;
  } table[] = {{"0", "Clean; notes alone are clean."},
               {"1", "Errors or warnings were found; for gate, such as the baseline lacks."},
               {"2", "Wrong usage."},
               {"3", "Input that cannot be used: missing, unreadable, no recording or report, or of another version."},
               {"4", "Inconclusive: nothing was found, but not all was seen."},
               {"5", "An error of the tool itself, or of what it needs from the system."}};
  std::string text;
  for (const auto& one : table) text += ".TP\n" + bold(one.code) + '\n' + roff(one.means) + '\n';
  return text;
}

std::string environment() {
  static constexpr struct {
    const char *name, *does;
  } table[] = {
      {"TENTER_OPTIONS", "Steers recording: key=value, with colons between; TENTER_OPTIONS=help=1 lists the keys."},
      {"NO_COLOR", "Not empty: no colors, unless --color asks for them."},
      {"CLICOLOR_FORCE", "Not 0: colors also where standard output is no terminal."},
      {"SOURCE_DATE_EPOCH", "The day on which suppressions expire or do not; else today."},
      {"GITHUB_ACTIONS", "If it is true, findings are annotated, and added to the step's summary."}};
  std::string text;
  for (const auto& one : table) text += ".TP\n" + bold(one.name) + '\n' + roff(one.does) + '\n';
  return text;
}

std::string page_of(const CLI::App& tool, const CLI::App* chosen) {
  const CLI::App& command = chosen == nullptr ? tool : *chosen;
  const std::string name = page_name(tool, chosen);
  std::string title = name;
  std::ranges::transform(title, title.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  std::string summary = summary_of(command);
  if (summary.ends_with('.')) summary.pop_back();
  summary[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(summary[0])));
  std::string text = ".TH " + roff(title) + " 1 \"\" \"Tenterhook " TENTER_VERSION "\" \"Tenterhook\"\n";
  text += section("NAME") + roff(name) + " \\- " + roff(summary) + '\n';
  text += section("SYNOPSIS") + synopsis(tool, chosen);
  if (chosen == nullptr) {
    text +=
        section("DESCRIPTION") +
        roff(
            "Programs that tenter-c++ and tenter-cc have compiled record what they do; tenter reads the recordings, and tells "
            "of data races, deadlocks and tasks that were left behind.") +
        "\n" + section("COMMANDS");
    for (const CLI::App* one : commands_of(tool))
      text += ".TP\n" + bold(one->get_name()) + '\n' + sentence(summary_of(*one)) + '\n';
  }
  text += section("OPTIONS");
  for (const CLI::Option* option : command.get_options()) text += entry(tool, *option);
  text += section("EXIT STATUS") + exit_status();
  if (chosen == nullptr) text += section("ENVIRONMENT") + environment();
  text += section("EXAMPLES") + ".EX\n" + roff(example_of(command)) + "\n.EE\n";
  text += section("SEE ALSO");
  std::string others;
  if (chosen != nullptr) others = bold(tool.get_name()) + "(1)";
  for (const CLI::App* one : commands_of(tool))
    if (one != chosen) others += (others.empty() ? "" : ",\n") + bold(page_name(tool, one)) + "(1)";
  return text + others + '\n';
}

}  // namespace

int run_manual(const CLI::App& tool, const ManualOptions& options) {
  const std::vector<const CLI::App*> commands = commands_of(tool);
  if (!options.folder.empty()) {
    if (!options.command.empty())
      return fail({"--into writes all pages; leave `" + options.command + "` out", ExitCode::usage});
    std::vector<const CLI::App*> pages = {nullptr};
    pages.insert(pages.end(), commands.begin(), commands.end());
    for (const CLI::App* command : pages)
      if (const Result<bool> written =
              write_text_file(options.folder + '/' + page_name(tool, command) + ".1", page_of(tool, command));
          !written)
        return fail(written.error());
    return status_of(ExitCode::clean);
  }
  const CLI::App* chosen = nullptr;
  if (!options.command.empty()) {
    std::vector<std::string> names;
    for (const CLI::App* command : commands) {
      names.push_back(command->get_name());
      if (command->get_name() == options.command) chosen = command;
    }
    if (chosen == nullptr) return fail({unknown_word("command", options.command, names), ExitCode::usage});
  }
  const Result<bool> written = write_to_stdout(page_of(tool, chosen));
  return written ? status_of(ExitCode::clean) : fail(written.error());
}

}  // namespace tenter::analysis
