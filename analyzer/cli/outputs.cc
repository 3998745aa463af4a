#include "cli/outputs.h"

#include <algorithm>

#include "cli/files.h"
#include "cli/usage.h"

namespace tenter::analysis {
namespace {

constexpr const char* standard_output = "-";

Error usage(const std::string& sentence) { return {sentence, ExitCode::usage}; }

// One name for standard output, so that two formats do not meet there under two.
std::string named_once(const std::string& path) {
  const Result<Destination> end = destination_of(path);
  return end && end->descriptor == 1 ? standard_output : path;
}

}  // namespace

void add_format_option(CLI::App& command, std::vector<std::string>& words) {
  command.add_option("--format", words, names_of_formats() + "; F=PATH writes it to a file (repeatable)")
      ->type_name("F[=PATH]")
      ->allow_extra_args(false);
}

Result<std::vector<Output>> parse_outputs(const std::vector<std::string>& words, const std::string& main_path,
                                          const std::string& usual) {
  const std::string main = main_path.empty() ? standard_output : named_once(main_path);
  std::vector<Output> outputs;
  for (const std::string& word : words) {
    const auto equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const Format* format = find_format(name);
    if (format == nullptr) {
      std::vector<std::string> names;
      for (const Format& one : formats()) names.emplace_back(one.name);
      return usage("--format " + name + ": " + unknown_word("format", name, names));
    }
    if (equals != std::string::npos && equals + 1 == word.size())
      return usage("--format " + word + " lacks the path behind the equals sign");
    outputs.push_back({format, equals != std::string::npos ? named_once(word.substr(equals + 1)) : main});
  }
  const bool to_main = std::ranges::any_of(outputs, [&](const Output& output) { return output.path == main; });
  const bool chosen = std::ranges::any_of(outputs, [&](const Output& output) { return output.format->name == usual; });
  if (!to_main && !chosen) outputs.push_back({find_format(usual), main});
  for (std::size_t i = 0; i < outputs.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (outputs[i].path == outputs[j].path)
        return usage("two formats would go to " +
                     (outputs[i].path == standard_output ? std::string("standard output") : outputs[i].path) +
                     "; give each its path: --format F=PATH");
  return outputs;
}

}  // namespace tenter::analysis
