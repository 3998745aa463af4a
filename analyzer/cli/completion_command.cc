#include "cli/completion_command.h"

#include "cli/command_line.h"
#include "cli/files.h"
#include "cli/say.h"
#include "cli/usage.h"

namespace tenter::analysis {
namespace {

bool is_flag(const CLI::Option& option) { return option.get_items_expected_max() == 0; }
bool is_repeated(const CLI::Option& option) { return option.get_expected_max() > 1; }
bool takes_list(const CLI::Option& option) { return type_of(option) == "LIST"; }
// What stands behind the two dashes of these is a program with its arguments.
bool takes_program(const CLI::App& command) { return command.get_name() == "record" || command.get_name() == "run"; }

// "-o", "--output"
std::vector<std::string> spellings(const CLI::Option& option) {
  std::vector<std::string> all;
  for (const std::string& name : option.get_snames()) all.push_back('-' + name);
  for (const std::string& name : option.get_lnames()) all.push_back("--" + name);
  return all;
}

std::string joined(const std::vector<std::string>& words, const std::string& between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

std::vector<const CLI::Option*> options_of(const CLI::App& command) {
  std::vector<const CLI::Option*> options;
  for (const CLI::Option* option : command.get_options())
    if (!option->get_positional()) options.push_back(option);
  return options;
}

const CLI::Option* argument_of(const CLI::App& command) {
  for (const CLI::Option* option : command.get_options())
    if (option->get_positional()) return option;
  return nullptr;
}

std::string escaped(const std::string& text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

// In single quotes of a POSIX shell, and of zsh.
std::string shell_quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + '\'';
}

std::vector<std::string> names_of(const std::vector<const CLI::App*>& commands) {
  std::vector<std::string> names;
  for (const CLI::App* command : commands) names.push_back(command->get_name());
  return names;
}

// A shell function's line that offers what an option or an argument takes.
std::string bash_offer(const CLI::App& tool, const CLI::Option& option) {
  const std::vector<std::string> values = values_of(tool, option);
  if (!values.empty()) return (takes_list(option) ? "_tenter_list '" : "_tenter_words '") + joined(values, " ") + '\'';
  return takes_folder(option) ? "_tenter_paths -d" : takes_file(option) ? "_tenter_paths -f" : ":";
}

// The pieces of `_arguments` in zsh: "message:action".
std::string zsh_takes(const CLI::App& tool, const CLI::Option& option) {
  const std::string what = escaped(type_of(option), ":\\");
  const std::vector<std::string> values = values_of(tool, option);
  if (!values.empty())
    return what + (takes_list(option) ? ":_values -s , LIST " + joined(values, " ") : ":(" + joined(values, " ") + ')');
  return what + (takes_folder(option) ? ":_files -/" : takes_file(option) ? ":_files" : ": ");
}

std::string zsh_option(const CLI::App& tool, const CLI::Option& option) {
  const std::vector<std::string> names = spellings(option);
  std::string specs;
  for (const std::string& name : names) {
    std::string spec = is_repeated(option) ? "*" : '(' + joined(names, " ") + ')';
    spec += name;
    // A long option takes its value behind an equals sign as well.
    if (!is_flag(option) && name.starts_with("--")) spec += '=';
    spec += '[' + escaped(option.get_description(), "[]:\\") + ']';
    if (!is_flag(option)) spec += ':' + zsh_takes(tool, option);
    specs += " \\\n        " + shell_quoted(spec);
  }
  return specs;
}

// In single quotes of fish, where a backslash escapes.
std::string fish_quoted(const std::string& text) { return '\'' + escaped(text, "'\\") + '\''; }

std::string fish_option(const CLI::App& tool, const CLI::App& command, const CLI::Option& option) {
  std::string line = "complete -c tenter -n '__fish_seen_subcommand_from " + command.get_name() + '\'';
  for (const std::string& name : option.get_snames()) line += " -s " + name;
  for (const std::string& name : option.get_lnames()) line += " -l " + name;
  if (!is_flag(option)) {
    const std::vector<std::string> values = values_of(tool, option);
    if (!values.empty()) line += " -x -a " + fish_quoted(joined(values, " "));
    else if (takes_folder(option)) line += " -x -a '(__fish_complete_directories)'";
    else line += takes_file(option) ? " -r -F" : " -x";
  }
  return line + " -d " + fish_quoted(option.get_description()) + '\n';
}

}  // namespace

const std::vector<std::string>& shells() {
  static const std::vector<std::string> all = {"bash", "zsh", "fish"};
  return all;
}

std::string bash_completion(const CLI::App& tool) {
  std::string text = R"(# Completions of tenter for bash, made by `tenter completion bash`.
_tenter_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$word"); }
_tenter_paths() { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen "$1" -- "$word"); }
_tenter_list() {
  local last=${word##*,}
  mapfile -t COMPREPLY < <(compgen -P "${word%"$last"}" -W "$1" -- "$last")
}
_tenter() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command='' i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ ${COMP_WORDS[i]} == -- ]]; then
      if ((i == COMP_CWORD - 1)); then mapfile -t COMPREPLY < <(compgen -c -- "$word"); else _tenter_paths -f; fi
      return
    fi
    [[ -z $command && ${COMP_WORDS[i]} != -* ]] && command=${COMP_WORDS[i]}
  done
  # bash parts words at equals signs: --format=json is three of them, and so is json=PATH.
  if [[ $word == = ]]; then word='' before='='; else i=$((COMP_CWORD - 1)); fi
  if [[ $before == = ]]; then
    [[ ${COMP_WORDS[COMP_CWORD]} == = ]] && i=$COMP_CWORD
    before=${COMP_WORDS[i - 1]}
    [[ $before == -* ]] || { _tenter_paths -f; return; }
  fi
  case "$command $before" in
)";
  for (const CLI::App* command : commands_of(tool))
    for (const CLI::Option* option : options_of(*command)) {
      if (is_flag(*option)) continue;
      std::vector<std::string> patterns;
      for (const std::string& name : spellings(*option))
        patterns.push_back('\'' + command->get_name() + ' ' + name + '\'');
      text += "    " + joined(patterns, " | ") + ") " + bash_offer(tool, *option) + "; return ;;\n";
    }
  text += "  esac\n  case \"$command\" in\n";
  const auto offer = [&](const std::string& name, const CLI::App& command, const std::string& otherwise) {
    std::vector<std::string> options;
    for (const CLI::Option* option : options_of(command))
      for (const std::string& spelling : spellings(*option)) options.push_back(spelling);
    text += "    " + name + ") if [[ $word == -* ]]; then _tenter_words '" + joined(options, " ") + "'; else " +
            otherwise + "; fi ;;\n";
  };
  offer("''", tool, "_tenter_words '" + joined(names_of(commands_of(tool)), " ") + '\'');
  for (const CLI::App* command : commands_of(tool)) {
    const CLI::Option* argument = argument_of(*command);
    offer(command->get_name(), *command,
          argument != nullptr       ? bash_offer(tool, *argument)
          : takes_program(*command) ? "_tenter_words --"
                                    : ":");
  }
  return text + "  esac\n}\ncomplete -F _tenter tenter\n";
}

std::string zsh_completion(const CLI::App& tool) {
  std::string text = R"(#compdef tenter
# Completions of tenter for zsh, made by `tenter completion zsh`.
_tenter() {
  local curcontext=$curcontext state line
  local -a commands
  commands=()";
  for (const CLI::App* command : commands_of(tool))
    text += "\n    " + shell_quoted(command->get_name() + ':' + escaped(summary_of(*command), ":\\"));
  text += "\n  )\n  _arguments -C";
  for (const CLI::Option* option : options_of(tool)) text += zsh_option(tool, *option);
  text += R"( \
        '1: :->command' '*:: :->rest'
  case $state in
    command) _describe -t commands command commands ;;
    rest)
      case $words[1] in
)";
  for (const CLI::App* command : commands_of(tool)) {
    text += "        " + command->get_name() + ") _arguments";
    for (const CLI::Option* option : options_of(*command)) text += zsh_option(tool, *option);
    if (const CLI::Option* argument = argument_of(*command))
      text += " \\\n        " + shell_quoted((is_repeated(*argument) ? "*:" : "1:") + zsh_takes(tool, *argument));
    else if (takes_program(*command)) text += " \\\n        '*::program:_normal'";
    text += " ;;\n";
  }
  return text + R"(      esac ;;
  esac
}
if [[ $funcstack[1] == _tenter ]]; then _tenter "$@"; else compdef _tenter tenter; fi
)";
}

std::string fish_completion(const CLI::App& tool) {
  std::string text = "# Completions of tenter for fish, made by `tenter completion fish`.\ncomplete -c tenter -f\n";
  for (const CLI::App* command : commands_of(tool))
    text += "complete -c tenter -n __fish_use_subcommand -a " + command->get_name() + " -d " +
            fish_quoted(summary_of(*command)) + '\n';
  for (const CLI::App* command : commands_of(tool)) {
    for (const CLI::Option* option : options_of(*command)) text += fish_option(tool, *command, *option);
    const std::string chosen = "complete -c tenter -n '__fish_seen_subcommand_from " + command->get_name() + "' ";
    const CLI::Option* argument = argument_of(*command);
    const std::vector<std::string> values =
        argument != nullptr ? values_of(tool, *argument) : std::vector<std::string>();
    if (!values.empty()) text += chosen + "-a " + fish_quoted(joined(values, " ")) + '\n';
    else if (argument != nullptr || takes_program(*command)) text += chosen + "-F\n";
  }
  return text;
}

int run_completion(const CLI::App& tool, const std::string& shell) {
  std::string text;
  if (shell == "bash") text = bash_completion(tool);
  else if (shell == "zsh") text = zsh_completion(tool);
  else if (shell == "fish") text = fish_completion(tool);
  else return fail({unknown_word("shell", shell, shells()), ExitCode::usage});
  const Result<bool> written = write_to_stdout(text);
  return written ? status_of(ExitCode::clean) : fail(written.error());
}

}  // namespace tenter::analysis
