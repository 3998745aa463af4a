// Starting lib/tenterhook/tenter-lint, which knows clang, and reading what it says.
#pragma once
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.h"

namespace tenter::analysis {

// Its path beside ours; an Error where it is not installed.
Result<std::string> find_lint_tool();

struct LintToolOutput {
  int status = 0;  // as waitpid tells it
  std::string text;
};
// command[0] is the tool. An Error: it could not be started.
Result<LintToolOutput> run_lint_tool(const std::vector<std::string>& command);

// The object that it said; an Error also where that is a problem that the user should know of.
Result<nlohmann::json> lint_tool_answer(const LintToolOutput& output, const std::string& about);

}  // namespace tenter::analysis
