// Fingerprints tell findings apart, from run to run and from commit to commit: racePair/v1.
//
// A site is the last names of the functions of its three innermost frames in the project, without namespaces, classes and
// parameters (which compilers leave out where they have inlined one), each with the name of its file without folders. What a fingerprint is made of holds no address, no column, no task, and no line but one
// relative to the start of its function, and that only where nothing else tells two variables apart. So it
// survives edits elsewhere in the file, another checkout folder, and another schedule.
//
// The weak form, racePair/leaf, is of the innermost functions and the variable alone: it stays when a file is renamed, a caller
// changes or lines move within a function, and two findings may share it. The gate looks at it second.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "finding/finding.h"
#include "symbolize/frame.h"

namespace tenter::analysis {

// The frame a person would go to: the innermost of the project, else of anything with a file, else the innermost.
// Null for an empty stack.
const Frame* frame_to_show(const std::vector<Frame>& stack);

// `with_line`: the innermost frame's line counted from the start of its function, where that is known.
std::string site_key(const std::vector<Frame>& stack, bool with_line = false);

// 32 hex digits: XXH3-128 of the parts.
std::string fingerprint(std::string_view kind, std::string_view object, const std::vector<std::string>& parts);

// 32 hex digits as well, made of the finished finding; empty where some side has no function to go by.
std::string weak_fingerprint(const Finding& finding);

// The same cycle, starting at its smallest part, so that it does not matter where it was entered.
std::vector<std::string> rotated_to_smallest(std::vector<std::string> cycle);

}  // namespace tenter::analysis
