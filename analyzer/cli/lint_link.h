// What the files of one `tenter lint` know of each other: each is read with a summary of its functions, a link step makes one
// summary of all, and the files to which that says something new are read again.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/check_command.h"
#include "cli/lint_command.h"

namespace tenter::analysis {

// Reads one file with these further options of tenter-lint. Called by several threads at once.
using LintReading = std::function<Result<Checked>(const std::string& file, const std::vector<std::string>& options)>;
// One finding, as tenter-lint tells it.
using LintTelling = std::function<Finding(const nlohmann::json& told)>;

struct LinkedFiles {
  std::map<std::string, Result<Checked>> results;  // by file
  std::vector<std::string> remarks;
};
// An Error: the folder for summaries cannot be used, or a summary that the user gave.
Result<LinkedFiles> read_linked(const std::string& tool, const std::vector<std::string>& files,
                                const LintArguments& arguments, const LintReading& read, const LintTelling& finding_of);

}  // namespace tenter::analysis
