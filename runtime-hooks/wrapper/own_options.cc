#include "wrapper/own_options.h"

#include <algorithm>
#include <array>

namespace tenter::wrapper {
namespace {

constexpr std::string_view prefix = "--tenter-";

constexpr std::array options = {
    OwnOption{
        "--tenter-mode", "record|tsan|off", "TENTER_MODE",
        "What the program does when it runs: record (the default) writes a recording for `tenter check`; tsan lets the genuine "
        "ThreadSanitizer detect meanwhile; off adds nothing."},
    OwnOption{
        "--tenter-pass", "on|off", "TENTER_PASS",
        "Whether Debian's clang 19 loads our plug-in, which saves calls into the recorder and makes some that clang forgets; on "
        "by default."},
    OwnOption{"--tenter-lint", "", "",
              "Run the static checks of `tenter lint` beside the compilation, in any mode; needs Debian's clang 19."},
    OwnOption{"--tenter-help", "", "", "Print these options, and compile nothing."},
    OwnOption{"--tenter-manual", "", "", "Print the manual page, for `man -l -`."},
};

std::string listed(std::string_view values) {
  std::string text;
  for (const char c : values) text += c == '|' ? std::string(" or ") : std::string(1, c);
  return text;
}

bool is_value(std::string_view value, std::string_view values) {
  while (!values.empty()) {
    const std::size_t end = std::min(values.find('|'), values.size());
    if (values.substr(0, end) == value) return true;
    values.remove_prefix(std::min(end + 1, values.size()));
  }
  return false;
}

std::string with_values(const OwnOption& option) {
  return std::string(option.name) + (option.values.empty() ? "" : '=' + std::string(option.values));
}

std::string all_names() {
  std::string text;
  for (std::size_t i = 0; i < options.size(); ++i)
    text += (i == 0 ? "" : i + 1 < options.size() ? ", " : " and ") + with_values(options[i]);
  return text;
}

// Empty if it may have this value.
std::string why_not(const OwnOption& option, std::string_view value, std::string_view where) {
  if (is_value(value, option.values)) return {};
  return std::string(where) + " is \"" + std::string(value) + "\"; it can be " + listed(option.values) + '.';
}

void set(Asked& asked, const OwnOption& option, std::string_view value) {
  if (option.name == "--tenter-mode") asked.mode = value;
  if (option.name == "--tenter-pass") asked.pass = value;
  if (option.name == "--tenter-lint") asked.lint = true;
  if (option.name == "--tenter-help") asked.help = true;
  if (option.name == "--tenter-manual") asked.manual = true;
}

std::string read_one(std::string_view argument, Asked& asked) {
  const std::size_t equals = std::min(argument.find('='), argument.size());
  const std::string_view name = argument.substr(0, equals);
  const auto option = std::ranges::find(options, name, &OwnOption::name);
  if (option == options.end()) return std::string(argument) + " is not known; there are " + all_names() + '.';
  const bool has_value = equals < argument.size();
  if (has_value == option->values.empty())
    return std::string(argument) + (has_value ? " takes no value; say " : " needs a value; say ") +
           with_values(*option) + '.';
  const std::string_view value = has_value ? argument.substr(equals + 1) : std::string_view();
  if (has_value)
    if (std::string why = why_not(*option, value, name); !why.empty()) return why;
  set(asked, *option, value);
  return {};
}

}  // namespace

std::span<const OwnOption> own_options() { return options; }

Asked read_own_options(const Arguments& arguments, const std::function<const char*(const char*)>& variable) {
  Asked asked;
  for (const OwnOption& option : options) {
    const char* value = option.variable.empty() ? nullptr : variable(std::string(option.variable).c_str());
    if (value == nullptr) continue;
    asked.refusal = why_not(option, value, option.variable);
    if (!asked.refusal.empty()) return asked;
    set(asked, option, value);
  }
  for (const std::string& argument : arguments) {
    if (!argument.starts_with(prefix)) {
      asked.rest.push_back(argument);
      continue;
    }
    asked.refusal = read_one(argument, asked);
    if (!asked.refusal.empty()) return asked;
  }
  return asked;
}

}  // namespace tenter::wrapper
