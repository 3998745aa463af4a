#include "wrapper/command_line.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

namespace tenter::wrapper {
namespace {

constexpr int deepest_response_file = 16;  // gcc gives up at 2000; a file that names itself must end somewhere

// Options whose argument is the next word when the option stands alone (`-I dir`). Joined forms need no care.
constexpr std::array takes_a_word = {
    "-o",
    "-x",
    "-I",
    "-D",
    "-U",
    "-L",
    "-l",
    "-F",
    "-B",
    "-A",
    "-T",
    "-u",
    "-z",
    "-e",
    "-G",
    "-include",
    "-imacros",
    "-isystem",
    "-iquote",
    "-idirafter",
    "-iprefix",
    "-iwithprefix",
    "-iwithprefixbefore",
    "-isysroot",
    "-imultilib",
    "-include-pch",
    "-ivfsoverlay",
    "-cxx-isystem",
    "-MF",
    "-MT",
    "-MQ",
    "-MJ",
    "-Xlinker",
    "-Xclang",
    "-Xpreprocessor",
    "-Xassembler",
    "-Xanalyzer",
    "-Xclangas",
    "-mllvm",
    "-mmlir",
    "-arch",
    "-target",
    "--param",
    "-aux-info",
    "-dumpbase",
    "-dumpbase-ext",
    "-dumpdir",
    "-specs",
    "-wrapper",
    "-gcc-toolchain",
    "--sysroot",
    "--serialize-diagnostics",
    "-serialize-diagnostics",
    "-rpath",
    "-framework",
    "-install_name",
    "-soname",
    "-h",
    "--output",
    "--include",
    "--language",
    "-working-directory",
    "-resource-dir",
    "--config",
    "--define-macro",
    "--undefine-macro",
    "--include-directory",
    "--library-directory",
    "--entry",
    "--for-linker",
};

// With one of these the command ends before the linker, or does not work on inputs at all.
constexpr std::array stops_before_link = {
    "-c",
    "-S",
    "-E",
    "-M",
    "-MM",
    "-fsyntax-only",
    "-emit-ast",
    "--precompile",
    "-emit-pch",
    "--analyze",
    "-r",
    "-Wl,-r",
    "-Wl,--relocatable",
    "-emit-interface-stubs",
    "-extract-api",
    "--compile",
    "--assemble",
    "--preprocess",
    "--dependencies",
    "--user-dependencies",
    "--relocatable",
    "--syntax-only",
};

template <std::size_t n>
bool is_one_of(std::string_view word, const std::array<const char*, n>& words) {
  return std::ranges::any_of(words, [&](const char* each) { return word == each; });
}

bool ends_with_any(std::string_view name, std::initializer_list<std::string_view> endings) {
  return std::ranges::any_of(endings, [&](std::string_view ending) { return name.ends_with(ending); });
}

// Goes to the linker as it is. Everything that the driver does not recognise does so too, but names such as
// `conftest.lo` are rare enough that a needless -fsanitize=thread beside them does no harm.
bool is_linker_input(std::string_view name) {
  return ends_with_any(name, {".o", ".a", ".so", ".obj", ".lo", ".ld", ".lds"}) || name.find(".so.") != name.npos;
}

bool is_header(std::string_view name) {
  return ends_with_any(name, {".h", ".hh", ".hp", ".hpp", ".hxx", ".H", ".HPP", ".h++", ".tcc"});
}

void apply_sanitizer_list(std::string_view list, bool add, std::vector<std::string>& standing) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string name(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
    if (add) {
      standing.push_back(name);
    } else if (name == "all") {
      standing.clear();
    } else {
      std::erase(standing, name);
    }
  }
}

void append_expanded(const Arguments& arguments, int depth, Arguments& expanded) {
  for (const std::string& argument : arguments) {
    if (argument.size() > 1 && argument.front() == '@' && depth < deepest_response_file) {
      if (std::ifstream file(argument.substr(1), std::ios::binary); file) {
        std::ostringstream text;
        text << file.rdbuf();
        append_expanded(split_response_text(text.str()), depth + 1, expanded);
        continue;
      }
    }
    expanded.push_back(argument);  // a file that cannot be read is taken literally, as compilers do
  }
}

}  // namespace

Arguments split_response_text(std::string_view text) {
  Arguments words;
  std::string word;
  bool in_word = false;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && i + 1 < text.size()) {
      word += text[++i];
      in_word = true;
    } else if (quote != 0) {
      if (c == quote) quote = 0;
      else word += c;
    } else if (c == '\'' || c == '"') {
      quote = c;
      in_word = true;
    } else if (c == ' ' || (c >= '\t' && c <= '\r')) {
      if (in_word) words.push_back(std::move(word));
      word.clear();
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (in_word) words.push_back(std::move(word));
  return words;
}

CommandLine read_command_line(const Arguments& arguments) {
  Arguments words;
  append_expanded(arguments, 0, words);

  CommandLine result;
  bool stopped = false, only_headers = true, any_input = false, explicit_language = false, options_ended = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (!options_ended && word == "--") {
      options_ended = true;
    } else if (word.empty()) {
      continue;
    } else if (options_ended || word == "-" || word.front() != '-') {
      any_input = true;
      // After -x the language decides, not the name; only `-x none` brings the names back.
      const bool compiled = explicit_language || !is_linker_input(word);
      result.compiles |= compiled;
      only_headers &= compiled && !explicit_language && is_header(word);
    } else if (word.starts_with("-x") && word.find_first_of("=:") == word.npos) {
      const bool joined = word.size() > 2;
      if (!joined && i + 1 == words.size()) break;
      const std::string_view language = joined ? word.substr(2) : std::string_view(words[++i]);
      explicit_language = language != "none";
      stopped |= language.ends_with("-header");
    } else if (is_one_of(word, stops_before_link)) {
      stopped = true;
    } else if (word == "-static" || word == "-static-pie" || word == "--static") {
      result.fully_static = true;
    } else if (word.starts_with("-l") && (word.size() > 2 || i + 1 < words.size())) {
      const std::string_view library = word.size() > 2 ? word.substr(2) : std::string_view(words[++i]);
      result.wants_library |= library == "tenter";
      result.wants_atomic |= library == "atomic";
      result.wants_openmp |= library == "gomp";
    } else if (word == "-fopenmp") {
      result.wants_openmp = true;
    } else if (word == "-nostdlib" || word == "-nodefaultlibs" || word == "-nolibc" || word == "-nostartfiles") {
      result.lacks_defaults = true;
    } else if (word.starts_with("-fsanitize-trap") || word.starts_with("-fsanitize-undefined-trap-on-error") ||
               word.starts_with("-fsanitize-minimal-runtime")) {
      result.sanitizer_traps = true;
    } else if (word.starts_with("-fsanitize=")) {
      apply_sanitizer_list(word.substr(11), true, result.sanitizers);
    } else if (word.starts_with("-fno-sanitize=")) {
      apply_sanitizer_list(word.substr(14), false, result.sanitizers);
    } else if (is_one_of(word, takes_a_word)) {
      ++i;
    }
  }
  result.links = any_input && !stopped && !only_headers;
  return result;
}

}  // namespace tenter::wrapper
