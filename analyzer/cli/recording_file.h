// What `tenter record` and `tenter run` do to a recording from outside: finding its file, telling a new one from an old one, and
// adding how the program ended, which the program itself cannot write.
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

// The file behind a path that the user named, links followed: the recorder itself follows none. A recording grows in place and
// is mapped into memory, so nothing but a regular file will do; all else is an Error of usage.
Result<std::string> file_for_recording(const std::string& path);

// Where the recorder put the program's recording because another process still recorded to `path`; empty if nowhere.
std::string recording_beside(const std::string& path, pid_t process);

// From another file system by way of a temporary file beside the destination, so that nobody ever sees half a recording.
Result<bool> move_file(const std::string& from, const std::string& to);

}  // namespace tenter::analysis
