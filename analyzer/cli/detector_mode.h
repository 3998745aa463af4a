// `tenter run --mode tsan`: what is different where the genuine ThreadSanitizer finds the races.
#pragma once
#include <string>

#include "base/result.h"
#include "read/recording.h"

namespace tenter::analysis {

// How a program was built, as --mode has it. An error for any other word.
enum class RunMode { record, tsan };
Result<RunMode> run_mode_named(const std::string& name);

// For the program that is about to be started: what ThreadSanitizer reports shall not be told by the exit status as well,
// because the findings are, after suppressions. What the user says of exitcode= in TSAN_OPTIONS stands.
void prepare_environment_for_detector();

// Why there may be no recording: the program was built otherwise, or the runtime could not start on this machine.
std::string why_no_detector_ran();

// The recording is of a program that was built so; otherwise a sentence that says what it is.
Result<bool> built_for_detector(const RecordingInfo& info);

}  // namespace tenter::analysis
