#include "cli/usage.h"

#include <algorithm>
#include <numeric>

#include "finding/describe.h"

namespace tenter::analysis {
namespace {

// Levenshtein's distance, one row of the table at a time.
std::size_t edit_distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> row(right.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < left.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < right.size(); ++j) {
      const std::size_t replaced = diagonal + (left[i] == right[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, replaced});
    }
  }
  return row.back();
}

std::string name_of(const CLI::App& command, const CLI::App& tool) {
  return &command == &tool ? tool.get_name() : tool.get_name() + ' ' + command.get_name();
}

std::string see_help(const std::string& name) { return " (see `" + name + " --help`)"; }

std::string unknown_argument(const CLI::App& command, const std::string& name) {
  const std::vector<std::string> extras = command.remaining();
  const std::string extra = extras.empty() ? std::string() : extras.front();
  if (!extra.starts_with('-')) {
    if (command.get_name() == "record" || command.get_name() == "run")
      return "put the program behind two dashes: " + name + " -- " + extra;
    return name + " does not know what to do with `" + extra + "`" + see_help(name);
  }
  std::vector<std::string> known;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& word : option->get_lnames()) known.push_back("--" + word);
  const std::string written = extra.substr(0, extra.find('='));
  const std::string nearest = nearest_word(written, known);
  return name + " has no option " + written + (nearest.empty() ? "" : "; did you mean " + nearest + "?") +
         see_help(name);
}

}  // namespace

std::string nearest_word(std::string_view word, const std::vector<std::string>& words) {
  // Two letters changed places, or a third of them are wrong.
  std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
  std::string nearest;
  for (const std::string& candidate : words) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance >= least || distance >= candidate.size()) continue;
    least = distance;
    nearest = candidate;
  }
  return nearest;
}

std::string unknown_word(const std::string& what, const std::string& word, const std::vector<std::string>& words) {
  const std::string nearest = nearest_word(word, words);
  return "there is no " + what + " `" + word + "`; " +
         (nearest.empty() ? "there are " + in_words(words) : "did you mean `" + nearest + "`?");
}

Error wrong_usage(const CLI::App& tool, const CLI::ParseError& error) {
  const std::vector<CLI::App*> chosen = tool.get_subcommands();
  const CLI::App& command = chosen.empty() ? tool : *chosen.front();
  const std::string name = name_of(command, tool);
  std::string sentence = error.what();
  std::replace(sentence.begin(), sentence.end(), '\n', ' ');

  // Without a command the extra argument is told of first by what it leaves missing.
  const bool no_command = chosen.empty() && !tool.remaining().empty();
  if (no_command || dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr)
    return {unknown_argument(command, name), ExitCode::usage};
  // CLI11 tells which option it speaks of in its sentence alone: "--output: At Most 1 ...", "reports is required".
  const std::string subject = sentence.substr(0, sentence.find_first_of(": "));
  if (const CLI::Option* option = command.get_option_no_throw(subject); option != nullptr) {
    if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr)
      return {"which " + option->get_type_name() + "?" + see_help(name), ExitCode::usage};
    if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr)
      return {option->count() > 1 ? subject + " may be given only once"
                                  : subject + " needs a value: " + subject + ' ' + option->get_type_name(),
              ExitCode::usage};
  }
  return {sentence + see_help(name), ExitCode::usage};
}

}  // namespace tenter::analysis
