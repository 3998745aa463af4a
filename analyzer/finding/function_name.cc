#include "finding/function_name.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace tenter::analysis {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// The operator's own symbols at the start of `text`, which follow the word `operator` and are no brackets.
std::string_view operator_symbols(std::string_view text) {
  static constexpr std::array<std::string_view, 12> known = {"<=>", "<<=", ">>=", "->*", "<<", ">>",
                                                             "<=",  ">=",  "->",  "()",  "<",  ">"};
  for (const std::string_view symbol : known)
    if (text.starts_with(symbol)) return symbol;
  return {};
}

// The index behind the bracket that closes the one at text[open]; the end of the text if none does.
std::size_t behind_closing(std::string_view text, std::size_t open, char opening, char closing) {
  int depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    if (text[i] == opening) ++depth;
    if (text[i] == closing && !(closing == '>' && i > 0 && text[i - 1] == '-') && --depth == 0) return i + 1;
  }
  return text.size();
}

std::string_view without_clone_suffix(std::string_view name) {
  for (const std::string_view mark : {" [clone ", " (.", ".llvm.", ".cold", ".isra.", ".constprop.", ".part."})
    if (const auto at = name.find(mark); at != std::string_view::npos && at > 0) name = name.substr(0, at);
  return name;
}

}  // namespace

std::string fold_function(std::string_view demangled) {
  const std::string_view name = without_clone_suffix(demangled);
  std::string folded;
  std::size_t i = 0;
  while (i < name.size()) {
    const std::string_view rest = name.substr(i);
    if (rest.starts_with("operator") && (i == 0 || !is_word(name[i - 1]))) {
      folded += "operator";
      i += 8;
      const std::string_view symbols = operator_symbols(name.substr(i));
      folded += symbols;
      i += symbols.size();
    } else if (rest.starts_with("[abi:")) {
      i = behind_closing(name, i, '[', ']');
    } else if (rest.starts_with("{lambda")) {
      folded += "{lambda}";
      i = behind_closing(name, i, '{', '}');
    } else if (rest.starts_with("'lambda")) {
      folded += "{lambda}";
      const auto quote = name.find('\'', i + 1);
      i = quote == std::string_view::npos ? name.size() : quote + 1;
      if (i < name.size() && name[i] == '(') i = behind_closing(name, i, '(', ')');
    } else if (rest.starts_with("$_")) {
      folded += "{lambda}";
      for (i += 2; i < name.size() && std::isdigit(static_cast<unsigned char>(name[i])) != 0;) ++i;
    } else if (name[i] == '<') {
      // A space may stand between an operator's symbol and its template arguments.
      if (!folded.empty() && folded.back() == ' ') folded.pop_back();
      i = behind_closing(name, i, '<', '>');
    } else {
      folded += name[i++];
    }
  }
  return folded;
}

bool is_static_initialization(std::string_view function) {
  static constexpr std::array<std::string_view, 4> prefixes = {
      "__cxx_global_var_init", "__static_initialization_and_destruction_", "_GLOBAL__sub_I_", "_GLOBAL__I_"};
  return std::ranges::any_of(prefixes, [&](std::string_view prefix) { return function.starts_with(prefix); });
}

std::string short_function(std::string_view demangled) {
  if (is_static_initialization(demangled)) return "static initialization";
  std::string name = fold_function(demangled);
  // All that g++ tells of a lambda which it has inlined.
  if (name == "operator()") return "a lambda";
  if (const auto lambda = name.find("::{lambda}"); lambda != std::string::npos)
    return "lambda in " + short_function(name.substr(0, lambda));
  // The parameter list is the last group of brackets at depth 0 that is not part of a name.
  std::size_t parameters = std::string::npos, begin = 0;
  for (std::size_t i = 0; i < name.size();) {
    if (name.compare(i, 10, "operator()") == 0) {
      i += 10;
    } else if (name.compare(i, 21, "(anonymous namespace)") == 0) {
      i += 21;
    } else if (name[i] == '(') {
      parameters = i;
      break;
    } else {
      // A return type ends at the last space before the parameters, unless that space belongs to an operator's name.
      if (name[i] == ' ' && name.compare(begin, 8, "operator") != 0 &&
          !std::string_view(name).substr(0, i).ends_with("operator"))
        begin = i + 1;
      ++i;
    }
  }
  if (parameters != std::string::npos) name.erase(parameters);
  name.erase(0, begin);
  return name.empty() ? name : name + "()";
}

std::string shorter_function(std::string_view demangled, std::size_t limit) {
  if (demangled.size() <= limit) return std::string(demangled);
  const auto without = [](std::string_view name, char opening, char closing, const char* instead) {
    std::string text;
    for (std::size_t i = 0; i < name.size();) {
      if (name.substr(i).starts_with("operator") && (i == 0 || !is_word(name[i - 1]))) {
        const std::string_view symbols = operator_symbols(name.substr(i + 8));
        text += name.substr(i, 8 + symbols.size());
        i += 8 + symbols.size();
      } else if (name.substr(i).starts_with("(anonymous namespace)")) {
        text += "(anonymous namespace)";
        i += 21;
      } else if (name[i] == opening) {
        text += instead;
        i = behind_closing(name, i, opening, closing);
      } else {
        text += name[i++];
      }
    }
    return text;
  };
  std::string text = without(demangled, '<', '>', "<...>");
  if (text.size() > limit) text = without(text, '(', ')', "(...)");
  constexpr std::string_view dots = "...";
  if (text.size() > limit) text = text.substr(0, limit > dots.size() ? limit - dots.size() : 0) + std::string(dots);
  return text;
}

}  // namespace tenter::analysis
