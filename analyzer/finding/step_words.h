// What a step of a run does, in words.
#pragma once
#include <cstdint>
#include <string>

#include "finding/describe.h"

namespace tenter::analysis {

// "lock mutex `m`", "send to channel `c`", "create thread 3"; empty for what a reader need not know of.
std::string step_words(trace::Op op, std::uint8_t flags, std::uint64_t object, Describer& describe);

}  // namespace tenter::analysis
