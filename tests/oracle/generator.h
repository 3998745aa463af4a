// Random traces, as lines of the language of tests/traces: valid by construction, as a program could have run them.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "text_trace.h"

namespace tenter::analysis::oracle {

// crowds: races of many tasks at the same few bytes. ranges: the accesses are to hundreds of bytes, mostly the same ones.
enum class Flavor { races, ranges, crowds, lock_cycles };

// Feeds the lines to `trace` and returns them.
std::vector<std::string> generate(std::uint64_t seed, Flavor flavor, TextTrace& trace);

}  // namespace tenter::analysis::oracle
