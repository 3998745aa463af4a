#include "cli/github_actions.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <sstream>

#include "cli/files.h"
#include "report/github_report.h"

namespace tenter::analysis {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

// The runner shows the file when the step has ended, and each tool of the step adds to it.
Result<bool> append(const std::string& path, const std::string& text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
  const bool written = fd >= 0 && write_all(fd, text);
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (written) return true;
  return Error{path + ": the step's summary cannot be written: " + std::strerror(error), ExitCode::internal};
}

}  // namespace

bool in_github_actions() { return variable("GITHUB_ACTIONS") == "true"; }

std::string fenced_for_log(const std::string& text) {
  struct stat status{};
  if (!in_github_actions() || (::fstat(1, &status) == 0 && S_ISREG(status.st_mode))) return text;
  const std::string word = fence_word();
  return fence_begin(word) + text + (text.ends_with('\n') || text.empty() ? "" : "\n") + fence_end(word);
}

Result<bool> tell_github(const Report& report, const RenderOptions& options) {
  if (!in_github_actions()) return true;
  std::ostringstream annotations;
  write_github(report, options, annotations);
  // A log that nobody reads takes nothing from the report.
  static_cast<void>(write_all(2, annotations.str()));
  const std::string path = variable("GITHUB_STEP_SUMMARY");
  if (path.empty()) return true;
  std::ostringstream summary;
  write_markdown(report, options, summary);
  return append(path, summary.str());
}

}  // namespace tenter::analysis
