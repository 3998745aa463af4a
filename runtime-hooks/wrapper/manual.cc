#include <algorithm>
#include <cctype>

#include "wrapper/own_options.h"

namespace tenter::wrapper {
namespace {

struct Entry {
  std::string name, tells;
};

std::string option_name(const OwnOption& option) {
  return std::string(option.name) + (option.values.empty() ? "" : '=' + std::string(option.values));
}

std::vector<Entry> option_entries() {
  std::vector<Entry> entries;
  for (const OwnOption& option : own_options()) entries.push_back({option_name(option), std::string(option.tells)});
  return entries;
}

std::vector<Entry> variable_entries(std::string_view compiler_variable, std::string_view usual_compiler) {
  std::vector<Entry> entries = {
      {std::string(compiler_variable), "The compiler beneath; " + std::string(usual_compiler) +
                                           " if it is not set. It may be several words, as in `ccache " +
                                           std::string(usual_compiler) + "`."}};
  for (const OwnOption& option : own_options())
    if (!option.variable.empty())
      entries.push_back({std::string(option.variable), "The same as " + option_name(option) + ", which wins over it."});
  return entries;
}

// The compiler's own statuses come first: all that is well ends with one of these.
std::vector<Entry> statuses() {
  return {{"2", "A request that makes no sense; one sentence says why."},
          {"3", "The compiler, or a part of Tenterhook, is missing."},
          {"5", "/proc cannot be read."},
          {"others", "The compiler's own, which takes this program's place."}};
}

// For roff: no escape, no request at the start of a line, and a minus where one is meant.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\\': out += "\\e"; break;
      case '-': out += "\\-"; break;
      case '`': out += "\\(ga"; break;
      case '\'': out += "\\(aq"; break;
      default: out += c;
    }
  }
  return out.starts_with('.') ? "\\&" + out : out;
}

std::string entries_in_roff(std::string_view heading, const std::vector<Entry>& entries) {
  std::string text = ".SH " + std::string(heading) + '\n';
  for (const Entry& entry : entries) text += ".TP\n\\fB" + plain(entry.name) + "\\fR\n" + plain(entry.tells) + '\n';
  return text;
}

// In lines of a terminal's width, each behind the margin.
std::string wrapped(std::string_view text, std::string_view margin) {
  constexpr std::size_t width = 80;
  std::string out, line(margin);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (line.size() > margin.size() && line.size() + 1 + end > width) {
      out += line + '\n';
      line = margin;
    }
    if (line.size() > margin.size()) line += ' ';
    line += text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out + line + '\n';
}

std::string entries_in_text(std::string_view heading, const std::vector<Entry>& entries) {
  std::string text = std::string(heading) + ":\n";
  for (const Entry& entry : entries) text += "  " + entry.name + '\n' + wrapped(entry.tells, "      ");
  return text;
}

std::string source_of(std::string_view name) { return name.ends_with("++") ? "app.cc" : "app.c"; }

std::string example(std::string_view name) {
  return std::string(name) + " -g " + source_of(name) + " -o app && tenter run -- ./app";
}

std::string_view summary() { return "the compiler, with instrumentation for Tenterhook added"; }
std::string_view description() {
  return "Runs the compiler with what a recorded program needs, to compile, to link, or both. It stands in for CXX or CC of CMake, "
         "make, autotools and meson. All other arguments go to the compiler as they are.";
}

}  // namespace

std::string help_text(std::string_view name, std::string_view compiler_variable, std::string_view usual_compiler) {
  return std::string(name) + ": " + std::string(summary()) + ".\n" + wrapped(description(), "") +
         "Example: " + example(name) + "\n\n" + entries_in_text("Options", option_entries()) + '\n' +
         entries_in_text("Environment", variable_entries(compiler_variable, usual_compiler)) + '\n' +
         entries_in_text("Exit status", statuses());
}

std::string manual_page(std::string_view name, std::string_view compiler_variable, std::string_view usual_compiler) {
  std::string title(name);
  std::ranges::transform(title, title.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return ".TH " + plain(title) + " 1 \"\" \"Tenterhook " TENTER_VERSION "\" \"Tenterhook\"\n.SH NAME\n" + plain(name) +
         " \\- " + plain(summary()) + "\n.SH SYNOPSIS\n\\fB" + plain(name) +
         "\\fR [\\fIOPTION\\fR ...] [\\fICOMPILER ARGUMENT\\fR ...]\n" + ".SH DESCRIPTION\n" + plain(description()) +
         '\n' + entries_in_roff("OPTIONS", option_entries()) +
         entries_in_roff("ENVIRONMENT", variable_entries(compiler_variable, usual_compiler)) +
         entries_in_roff("EXIT STATUS", statuses()) + ".SH EXAMPLES\n.EX\n" + plain(example(name)) +
         "\n.EE\n.SH SEE ALSO\n\\fBtenter\\fR(1),\n\\fBtenter\\-run\\fR(1),\n\\fBtenter\\-lint\\fR(1)\n";
}

}  // namespace tenter::wrapper
