// `tenter completion SHELL`: what a shell needs to complete tenter's commands, options and their values.
#pragma once
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace tenter::analysis {

// Those that there are completions for.
const std::vector<std::string>& shells();

// Of the whole tree of commands below `tool`. Prints them.
int run_completion(const CLI::App& tool, const std::string& shell);

std::string bash_completion(const CLI::App& tool);
std::string zsh_completion(const CLI::App& tool);
std::string fish_completion(const CLI::App& tool);

}  // namespace tenter::analysis
