// Random traces of about twenty events, of few kinds each, small enough to try all their orders.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "text_trace.h"

namespace tenter::analysis::oracle {

// Feeds the lines to `trace` and returns them.
std::vector<std::string> generate_small(std::uint64_t seed, TextTrace& trace);

}  // namespace tenter::analysis::oracle
