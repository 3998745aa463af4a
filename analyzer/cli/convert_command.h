// `tenter convert FILE --to FORMAT -o OUT`: a recording as other tools read it.
#pragma once
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace tenter::analysis {

struct ConvertOptions {
  std::string file, to, output;
};
// What --to takes.
const std::vector<std::string>& targets_of_convert();
void add_convert_options(CLI::App& command, ConvertOptions& options);
int run_convert(const ConvertOptions& options);

}  // namespace tenter::analysis
