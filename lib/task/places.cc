#include "task/places.h"

#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "task/futex.h"
#include "task/lines.h"
#include "task/symbol.h"

namespace tenter::detail {
namespace {

constexpr std::int64_t patience_ns = 60'000'000'000;  // a busy machine with cold disks takes ten to load the tool

// What is known of one return address.
struct Code {
  bool is_known = false;
  std::string module;
  std::uint64_t offset = 0;
  std::string symbol;
  std::vector<Line> lines;  // innermost first
};

// ---- whose code it is ----------------------------------------------------------------------------------------------

// What the outermost scope of a mangled name (Itanium C++ ABI, 5.1) begins with: "6tenter4Chan..." of tenter::Chan<int>::send
// and of what is local to it.
std::string_view outermost_scope(std::string_view symbol) {
  if (symbol == "tenter_first_on_stack") { return "6tenter"; }
  if (!symbol.starts_with("_Z")) { return {}; }
  symbol.remove_prefix(2);
  while (symbol.starts_with("Z")) { symbol.remove_prefix(1); }
  if (symbol.starts_with("N")) {
    symbol.remove_prefix(1);
    while (!symbol.empty() && std::string_view("rVKRO").find(symbol.front()) != std::string_view::npos) {
      symbol.remove_prefix(1);
    }
  }
  return symbol;
}

bool is_ours(std::string_view scope) {
  return scope.starts_with("6tenter") && !scope.starts_with("6tenter12_GLOBAL__N_");
}
bool is_standard(std::string_view scope) {
  return scope.size() > 1 && scope[0] == 'S' && std::string_view("tabsiod").find(scope[1]) != std::string_view::npos;
}

// By the file, too: gcc does not say what functions that were inlined are called for the linker.
bool is_of_a_library(const Line& line) {
  const std::string_view scope = outermost_scope(line.function);
  return is_ours(scope) || is_standard(scope) || line.file.find("/include/tenter/") != std::string::npos ||
         line.file.find("/include/c++/") != std::string::npos;
}

constexpr std::array<std::string_view, 4> locks_of_std = {"St10lock_guard", "St11unique_lock", "St11shared_lock",
                                                          "St11scoped_lock"};

// Without lines it is not known what was inlined into a function. Those that run a function of the program's may be all that
// is left of it; of these that is not so.
bool only_leads_to_us(std::string_view symbol) {
  const std::string_view scope = outermost_scope(symbol);
  if (is_ours(scope)) {
    return !symbol.starts_with("_ZZ") && scope.find("run_closure") == std::string_view::npos &&
           scope.find("8MainTask") == std::string_view::npos;
  }
  return std::any_of(locks_of_std.begin(), locks_of_std.end(),
                     [&](std::string_view lock) { return scope.starts_with(lock); });
}

// ---- how it is called ----------------------------------------------------------------------------------------------

// "Server::run(int) const::{lambda()#1}::operator()() const" -> "Server::run(int) const::{lambda()#1}::operator()":
// only the last pair of brackets holds the function's own arguments.
std::string without_arguments(const std::string& function) {
  const std::size_t end = function.rfind(')');
  if (end == std::string::npos) { return function; }
  int depth = 0;
  for (std::size_t i = end + 1; i > 0; --i) {
    if (function[i - 1] == ')') { ++depth; }
    if (function[i - 1] == '(' && --depth == 0) { return function.substr(0, i - 1); }
  }
  return function;
}

// Long names are long because of their template arguments.
std::string shorten(const std::string& name) {
  constexpr std::size_t long_name = 100;
  constexpr std::string_view sign = "operator";
  if (name.size() <= long_name) { return name; }
  std::string text;
  int depth = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (depth == 0 && name.compare(i, sign.size(), sign) == 0) {
      text += sign;
      for (i += sign.size(); i < name.size() && (name[i] == '<' || name[i] == '=' || name[i] == '>'); ++i) {
        text += name[i];
      }
      --i;
    } else if (name[i] == '<') {
      if (depth++ == 0) { text += "<...>"; }
    } else if (name[i] == '>' && depth > 0 && name[i - 1] != '-') {
      --depth;
    } else if (depth == 0) {
      text += name[i];
    }
  }
  return text;
}

// Of the function that runs a task only the task's own is of interest, which probably was inlined into it.
std::string_view what_is_run(std::string_view function) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 2> around = {{
      {"void tenter::detail::run_closure<tenter::detail::Closure<", "> >"},
      {"tenter::detail::MainTask<", ">::enter"},
  }};
  for (const auto& [before, after] : around) {
    if (!function.starts_with(before) || !function.ends_with(after)) { continue; }
    function.remove_prefix(before.size());
    function.remove_suffix(after.size());
  }
  return function;
}

std::string readable(const std::string& symbol) {
  if (symbol.starts_with("operator")) { return {}; }  // of whatever lambda
  if (!symbol.starts_with("_Z")) { return shorten(symbol); }
  return shorten(std::string(what_is_run(without_arguments(demangle(symbol.c_str())))));
}

std::string path_of(const FilePlace& place) {
  if (std::string_view(place.path) != "/proc/self/exe") { return place.path; }
  char path[4096];  // a child's /proc/self is not ours
  const ssize_t length = readlink(place.path, path, sizeof path);
  return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : std::string();
}

// How often files were unloaded: another may lie at the same addresses since.
std::uint64_t count_of_unloads() {
  std::uint64_t count = 0;
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* result) {
        *static_cast<std::uint64_t*>(result) = info->dlpi_subs;
        return 1;
      },
      &count);
  return count;
}

// What is inside of the call of ours is ours, whatever its name is.
std::vector<const void*> outwards(const CallOfOurs& call) {
  const auto from = std::find(call.calls.begin(), call.calls.end(), call.called_from);
  std::vector<const void*> calls(from != call.calls.end() ? from : call.calls.begin(), call.calls.end());
  if (!calls.empty() && call.begins_in != nullptr) { calls.push_back(call.begins_in); }
  return calls;
}

class Atlas {
 public:
  void learn(const std::vector<CallOfOurs>& calls);
  Place place_of(const CallOfOurs& call) const;

 private:
  using Unknown = std::map<std::string, std::vector<std::pair<std::uint64_t, Code*>>>;  // by file
  const Code& learn(const void* return_address, Unknown& lines);
  const Code* find(const void* return_address) const;
  static std::optional<Place> programs_own(const Code& code);

  std::unordered_map<const void*, Code> codes_;
  std::uint64_t unloads_ = 0;
};

const Code& Atlas::learn(const void* return_address, Unknown& lines) {
  const auto [at, is_new] = codes_.try_emplace(return_address);
  Code& code = at->second;
  FilePlace place{};
  if (is_new && return_address != nullptr && find_in_files(static_cast<const char*>(return_address) - 1, place)) {
    code.is_known = true;
    code.module = place.name;
    code.offset = place.offset;
    code.symbol = function_at(place);
    lines[path_of(place)].emplace_back(code.offset, &code);
  }
  return code;
}

void Atlas::learn(const std::vector<CallOfOurs>& all) {
  if (const std::uint64_t unloads = count_of_unloads(); unloads != unloads_) {
    codes_.clear();
    unloads_ = unloads;
  }
  Unknown unknown_lines;
  for (const CallOfOurs& one : all) {
    learn(one.called_from, unknown_lines);
    for (const void* const call : outwards(one)) {
      // Beyond the program's own function nobody looks.
      const std::string_view scope = outermost_scope(learn(call, unknown_lines).symbol);
      if (!is_ours(scope) && !is_standard(scope)) { break; }
    }
  }
  const std::int64_t deadline = now_ns() + patience_ns;
  for (auto& [path, codes] : unknown_lines) {
    std::vector<std::uint64_t> offsets;
    for (const auto& [offset, code] : codes) { offsets.push_back(offset); }
    std::vector<std::vector<Line>> lines = lines_at(path, offsets, deadline);
    for (std::size_t i = 0; i < codes.size(); ++i) {
      Code& code = *codes[i].second;
      code.lines = std::move(lines[i]);
      // Compilers leave out the linkage name of what is local to a function.
      if (!code.lines.empty() && !code.symbol.empty()) { code.lines.back().function = code.symbol; }
    }
  }
}

// Nothing where all of it is a library's.
std::optional<Place> Atlas::programs_own(const Code& code) {
  for (const Line& line : code.lines) {
    if (line.line == 0 || is_of_a_library(line)) { continue; }
    return Place{code.module, code.offset, readable(line.function), line.file, line.line};
  }
  return std::nullopt;
}

const Code* Atlas::find(const void* return_address) const {
  const auto at = codes_.find(return_address);
  return at != codes_.end() && at->second.is_known ? &at->second : nullptr;
}

Place Atlas::place_of(const CallOfOurs& call) const {
  const auto without_line = [](const Code& code) {
    return Place{code.module, code.offset, readable(code.symbol), {}, 0};
  };
  const Code* perhaps = nullptr;  // something of the program's may have been inlined into it
  for (const void* const each : outwards(call)) {
    const Code* const code = find(each);
    if (code == nullptr || code->symbol.empty()) { break; }
    if (std::optional<Place> place = programs_own(*code)) { return *std::move(place); }
    if (only_leads_to_us(code->symbol)) { continue; }
    const bool has_lines =
        std::any_of(code->lines.begin(), code->lines.end(), [](const Line& line) { return line.line != 0; });
    const std::string_view scope = outermost_scope(code->symbol);
    if (!is_ours(scope) && !is_standard(scope)) { return without_line(*code); }
    if (perhaps == nullptr) { perhaps = code; }
    if (!has_lines) { break; }
  }
  const Code* const code = find(call.called_from);
  if (code == nullptr) { return {}; }
  return programs_own(*code).value_or(without_line(perhaps != nullptr ? *perhaps : *code));
}

}  // namespace

std::vector<Place> places_of(const std::vector<CallOfOurs>& calls) {
  static constinit FutexLock lock;
  static constinit Atlas* atlas = nullptr;
  const FutexGuard guard(lock);
  if (atlas == nullptr) { atlas = new Atlas; }
  atlas->learn(calls);
  std::vector<Place> places;
  places.reserve(calls.size());
  for (const CallOfOurs& each : calls) { places.push_back(atlas->place_of(each)); }
  return places;
}

std::string Place::text() const {
  if (module.empty()) { return {}; }
  std::string text;
  if (line != 0) {
    text = file;
    char folder[4096];
    if (getcwd(folder, sizeof folder) != nullptr && text.starts_with(std::string(folder) + "/")) {
      text.erase(0, std::string_view(folder).size() + 1);
    }
    text += ":" + std::to_string(line);
  } else {
    char in_hex[24];
    std::snprintf(in_hex, sizeof in_hex, "+0x%llx", static_cast<unsigned long long>(offset));
    text = module + in_hex;
  }
  return function.empty() ? text : text + " (" + function + ")";
}

}  // namespace tenter::detail
