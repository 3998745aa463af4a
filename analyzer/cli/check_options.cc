// The options of `tenter check` and `tenter run`: what they are called, and what they must look like.
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "base/text.h"
#include "check/analyses.h"
#include "cli/check_command.h"
#include "cli/usage.h"
#include "finding/rank.h"
#include "report/formats.h"

namespace tenter::analysis {
namespace {

Error usage(const std::string& sentence) { return {sentence, ExitCode::usage}; }

// "2G", "512MiB", "1000000"
std::optional<std::uint64_t> parse_size(std::string_view text) {
  const auto digits = text.find_first_not_of("0123456789");
  const std::optional<std::uint64_t> number = parse_number(text.substr(0, digits));
  std::string unit(digits == std::string_view::npos ? std::string_view() : text.substr(digits));
  std::transform(unit.begin(), unit.end(), unit.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (unit.ends_with("ib")) unit.erase(unit.size() - 2);
  else if (unit.ends_with("b")) unit.erase(unit.size() - 1);
  static const std::string units = "kmgt";
  unsigned shift = 0;
  if (unit.size() == 1 && units.find(unit) != std::string::npos)
    shift = 10 * (static_cast<unsigned>(units.find(unit)) + 1);
  else if (!unit.empty()) return std::nullopt;
  if (!number || *number == 0 || *number > (UINT64_MAX >> shift)) return std::nullopt;
  return *number << shift;
}

std::optional<Shard> parse_shard(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto number = parse_number(text.substr(0, slash)), of = parse_number(text.substr(slash + 1));
  constexpr std::uint64_t most_shards = 65536;
  if (!number || !of || *number == 0 || *number > *of || *of > most_shards) return std::nullopt;
  return Shard{static_cast<std::uint32_t>(*number), static_cast<std::uint32_t>(*of)};
}

// Our own data is bounded, not our address space: files are mapped, and the symbolizer has a bound of its own.
bool limit_memory(std::uint64_t bytes) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_DATA, &limit) != 0) return false;
  limit.rlim_cur = std::min<rlim_t>(bytes, limit.rlim_max);
  return ::setrlimit(RLIMIT_DATA, &limit) == 0;
}

}  // namespace

void add_check_options(CLI::App& command, CheckArguments& arguments) {
  add_format_option(command, arguments.formats);
  command.add_option("-o,--output", arguments.output, "write the report to this file")->type_name("PATH");
  command.add_option("--suppressions", arguments.suppressions, "leave out findings that match a rule `kind:pattern`")
      ->type_name("FILE");
  command.add_option("--kinds", arguments.kinds, "only these kinds, with commas between")
      ->type_name("LIST")
      ->delimiter(',')
      ->allow_extra_args(false);
  command.add_option("--analysis", arguments.analyses, "only these analyses, with commas between")
      ->type_name("LIST")
      ->delimiter(',')
      ->allow_extra_args(false);
  command.add_flag("--list-analyses", arguments.list_analyses, "say what each analysis promises");
  command.add_flag("--deep", arguments.deep, "look longer, for races of other orders too: shb, syncp and osr");
  command.add_option("--window", arguments.window, "osr pairs accesses less than N events apart; 0: all")
      ->type_name("N");
  command
      .add_option("--held-limit", arguments.held_limit_s,
                  "tell of locks whose holder waited for so long while others wanted them (10); at least 0.001")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.001, 1e9));
  command.add_option("--shard", arguments.shard, "only part I of N of the memory; `tenter merge` joins the parts")
      ->type_name("I/N");
  command
      .add_option(
          "--jobs,-j", arguments.jobs,
          "so many threads, on several recordings at a time or on one (default: one for each processor, on one)")
      ->type_name("N")
      ->check(CLI::Range(1u, 256u));
  command.add_option("--memory-limit", arguments.memory_limit, "end with a sentence rather than use more")
      ->type_name("SIZE");
  command.add_option("--source-root", arguments.source_roots, "sources compiled at FROM are now at TO")
      ->type_name("FROM=TO")
      ->allow_extra_args(false);
  command.add_option("--debug-file-directory", arguments.debug_folders, "look there too for .build-id/12/3456.debug")
      ->type_name("DIR")
      ->allow_extra_args(false);
  command.add_flag("--debuginfod", arguments.debuginfod, "ask the servers of DEBUGINFOD_URLS for debug information");
  command.add_flag("--full-names", arguments.full_names, "in text, names of functions however long they are");
  command.add_flag("--no-symbolize", arguments.no_symbolize, "modules and offsets instead of names and lines");
  command.add_option("--color", arguments.color, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  command.add_flag("-v,--verbose", arguments.verbose, "name the suppressions that matched nothing");
}

Result<CheckOptions> understand(const CheckArguments& arguments) {
  CheckOptions options;
  options.files = arguments.files;
  options.suppressions_file = arguments.suppressions;
  options.symbolize = !arguments.no_symbolize;
  options.symbol_sources = {arguments.debug_folders, arguments.debuginfod};
  const char* const servers = std::getenv("DEBUGINFOD_URLS");
  if (arguments.debuginfod && (servers == nullptr || *servers == '\0'))
    return usage("--debuginfod: DEBUGINFOD_URLS names no server; set it to those to ask, with spaces between");
  options.style.full_names = arguments.full_names;
  options.verbose = arguments.verbose;
  options.jobs = arguments.jobs;
  options.style.color = arguments.color;
  options.style.excerpts = options.symbolize;
  options.style.annotate = true;

  for (const std::string& name : arguments.analyses) {
    if (!is_available(name))
      return usage("--analysis: " + unknown_word("analysis", name, names_of_analyses()) + " (see --list-analyses)");
    options.analyses.insert(name);
  }
  options.asked_to_predict = arguments.deep || std::ranges::any_of(arguments.analyses, is_prediction);
  if (options.analyses.empty()) options.analyses = default_analyses(arguments.deep);
  else if (arguments.deep) options.analyses.insert("osr");
  options.window = arguments.window;
  options.held_limit_ns = static_cast<std::uint64_t>(arguments.held_limit_s * 1e9);
  for (const std::string& kind : arguments.kinds) {
    if (kind_rank(kind) == static_cast<int>(known_kinds().size()))
      return usage("--kinds: " + unknown_word("kind", kind, known_kinds()));
    options.kinds.insert(kind);
  }
  if (!arguments.shard.empty()) {
    const std::optional<Shard> shard = parse_shard(arguments.shard);
    if (!shard)
      return usage("--shard " + arguments.shard +
                   " is not understood; write I/N with 1 <= I <= N <= 65536, such as 1/4");
    options.shard = *shard;
  }
  for (const std::string& root : arguments.source_roots) {
    const auto equals = root.find('=');
    if (equals == std::string::npos || equals == 0)
      return usage("--source-root " + root + " is not understood; write FROM=TO");
    options.style.source_roots.push_back({root.substr(0, equals), root.substr(equals + 1)});
  }
  Result<std::vector<Output>> outputs = parse_outputs(arguments.formats, arguments.output, "text");
  if (!outputs) return outputs.error();
  options.outputs = std::move(*outputs);
  options.timelines = std::ranges::any_of(
      options.outputs, [](const Output& output) { return output.format->name != std::string_view("text"); });
  if (!arguments.memory_limit.empty()) {
    const std::optional<std::uint64_t> bytes = parse_size(arguments.memory_limit);
    if (!bytes)
      return usage("--memory-limit " + arguments.memory_limit +
                   " is not understood; write a number with K, M or G, such as 4G");
    options.memory_limit = *bytes;
    if (!limit_memory(*bytes)) return Error{"--memory-limit: the system refused to set the limit", ExitCode::internal};
  }
  return options;
}

}  // namespace tenter::analysis
