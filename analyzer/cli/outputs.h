// Where a report goes, and in which formats: --format F[=PATH] and -o PATH of `check`, `run`, `gate` and `merge`.
//
//   Result<std::vector<Output>> outputs = parse_outputs({"json=report.json", "sarif"}, "findings.sarif", "text");
//   if (!outputs) return fail(outputs.error());
//   const Result<bool> written = write_outputs(report, *outputs, {});
#pragma once
#include <set>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/result.h"
#include "report/formats.h"

namespace tenter::analysis {

struct Output {
  const Format* format = nullptr;
  std::string path;  // "-" is standard output
};

struct OutputStyle {
  std::string color = "auto";  // auto, always, never
  bool excerpts = true;        // lines of source beside frames
  bool full_names = false;     // of functions, in text
  std::vector<SourceRoot> source_roots;
  bool annotate = false;                         // in a step of GitHub Actions
  const std::set<std::string>* known = nullptr;  // fingerprints that the baseline has; null: there is no baseline
};

void add_format_option(CLI::App& command, std::vector<std::string>& words);

// Of the words behind --format and of -o's PATH (empty: standard output), which gets `usual` unless a format was sent there
// or `usual` went elsewhere. Two formats for one path are an Error.
Result<std::vector<Output>> parse_outputs(const std::vector<std::string>& words, const std::string& main_path,
                                          const std::string& usual);

// Writes the report to all of them; one that cannot be written costs the others nothing. The error is that of the first.
Result<bool> write_outputs(const Report& report, const std::vector<Output>& outputs, const OutputStyle& style);

}  // namespace tenter::analysis
