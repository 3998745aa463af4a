// What `tenter record` does to a recording from outside: telling a new one from an old one, and adding how the
// program ended, which the program itself cannot write.
#pragma once
#include <sys/types.h>

#include <optional>
#include <string>

#include "base/result.h"
#include "trace/file.h"

namespace tenter::analysis {

// The header of a recording at the path; nothing where there is none.
std::optional<trace::FileHeader> recording_header(const std::string& path);
bool same_recording(const trace::FileHeader& a, const trace::FileHeader& b);

// Appends an outcome chunk ("exited 0", "signal 11"). What is in the file already stays as it is.
Result<bool> append_outcome(const std::string& path, const std::string& end);

}  // namespace tenter::analysis
