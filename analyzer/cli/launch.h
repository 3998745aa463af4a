// Runs a program as `tenter record` does: with its own standard streams, its own signals, and one more option for the
// recorder in its environment.
#pragma once
#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"

namespace tenter::analysis {

struct Ended {
  pid_t process = 0;
  bool by_signal = false;
  int code = 0;  // exit status or signal number
  // As a shell tells it: 128 + n for signal n.
  int status() const { return by_signal ? 128 + code : code; }
  // As a recording tells it: "exited 0", "signal 11".
  std::string words() const { return (by_signal ? "signal " : "exited ") + std::to_string(code); }
};

// From here on a reader that goes away, or a file that may not grow any more, is an error of a write and not our end.
// What launch() runs gets these signals as they were before. Called once, before other threads exist.
void outlive_failed_writes();

// Runs the program to its end. `recorder_output`: the value of output= for TENTER_OPTIONS, put behind what the user set
// there; empty: the variable stays as it is. SIGINT, SIGTERM and SIGHUP sent to us go on to the program. An
// Error if it cannot be started (exit code 3).
Result<Ended> launch(const std::vector<std::string>& command, const std::string& recorder_output);

}  // namespace tenter::analysis
