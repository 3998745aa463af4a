// What to tell a person whose command line was not understood: one sentence, with what to write instead.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/result.h"

namespace tenter::analysis {

// The one of `words` that `word` is most likely a slip of; empty where none is near.
std::string nearest_word(std::string_view word, const std::vector<std::string>& words);

// "there is no command `chekc`; did you mean `check`?", or all that there are where none is near.
std::string unknown_word(const std::string& what, const std::string& word, const std::vector<std::string>& words);

// Of an App that threw `error` while it parsed. `tool` is the command before its subcommands.
Error wrong_usage(const CLI::App& tool, const CLI::ParseError& error);

}  // namespace tenter::analysis
