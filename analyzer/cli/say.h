// What the tool says of itself: one sentence on standard error that tells what happened and what to do.
#pragma once
#include <string_view>

#include "base/result.h"

namespace tenter::analysis {

// "tenter: SENTENCE", hostile characters escaped.
void say(std::string_view sentence);
// Says it, and gives the exit status that goes with it.
int fail(const Error& error);
inline int status_of(ExitCode code) { return static_cast<int>(code); }

}  // namespace tenter::analysis
