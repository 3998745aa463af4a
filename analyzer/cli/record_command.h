// `tenter record [-o FILE] -- PROG ARGS` and `tenter run [check options] -- PROG ARGS`.
#pragma once
#include <string>
#include <vector>

#include "cli/check_command.h"

namespace tenter::analysis {

struct RecordOptions {
  bool summary = false;  // say what was recorded, also where standard error is no terminal
  std::string output;    // empty: PROG.PID.tent here, or what TENTER_OPTIONS says
  std::vector<std::string> command;
};
int run_record(const RecordOptions& options);

struct RunArguments {
  CheckArguments check;
  std::string keep;  // keep the recording here
  std::string mode = "record";
  std::vector<std::string> command;
};
int run_run(const RunArguments& arguments);

}  // namespace tenter::analysis
