// TENTER_OPTIONS: key=value, separated by colons or spaces, as sanitizers have it. Reading them allocates nothing.
//
//   Options options;
//   parse_options("output=run.%p.tent:memory=off", options, [](const char* sentence) { ... });
#pragma once
#include <cstddef>
#include <cstdint>

#include "record/watched.h"

namespace tenter::record {

struct Options {
  static constexpr std::size_t max_path = 1024;

  char output[max_path] = "%n.%p.tent";  // see Naming; %%: a percent sign
  bool memory = true;                    // off: synchronization only
  bool filter = true;                    // off: every access is written, seen before or not
  std::uint64_t max_size = 0;            // bytes of the recording; 0: whatever it takes
  std::uint64_t max_memory = 0;          // bytes of the recorder's own memory; 0: whatever it takes
  Share sample = whole;                  // of the places in memory, that many are watched
  int verbosity = 0;
  int hang_timeout = 0;        // seconds after which threads that wait for each other are told of; 0: never
  bool require_trace = false;  // on: no recording, no program
  bool help = false;
};

// Unknown keys and values that make no sense are passed to `complain` as one sentence each and otherwise ignored.
void parse_options(const char* text, Options& options, void (*complain)(const char* sentence));

// All keys with their meaning, one a line.
const char* options_help();

// What stands for %p, %n and %h in the path of a recording.
struct Naming {
  int process_id;
  const char* program;
  const char* host;
};

// Writes `pattern` with %p, %n, %h and %% replaced. `unique`: where the pattern has no %p, ".PID" is appended.
// False if the result does not fit.
bool expand_output(const char* pattern, const Naming& naming, bool unique, char* out, std::size_t size);

}  // namespace tenter::record
